// What is registered with a loop, found by small numbers that are not taken for each other when they are used again.

/// Names an element of a `SlotTable`: the slot's index below, above it how often the slot was used before. An id that
/// outlived its element finds nothing, though the slot may hold another one by then. (The idea of swift-nio's selector
/// registration ids: an event that was fetched for a descriptor, closed since, must not reach the next one.)
///
/// ```
///  63            32 31             0
/// +----------------+----------------+
/// |   generation   |     index      |
/// +----------------+----------------+
/// ```
public struct SlotId: Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(index: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(UInt32(index))
    }

    var index: Int { Int(rawValue & 0xFFFF_FFFF) }
    var generation: UInt32 { UInt32(rawValue >> 32) }
}

/// Elements in numbered slots; inserting, finding and removing take constant time.
struct SlotTable<Element> {
    private struct Slot {
        var element: Element?
        var generation: UInt32
    }

    private var slots: ContiguousArray<Slot> = []
    private var free: ContiguousArray<UInt32> = []

    var count: Int { slots.count - free.count }

    mutating func insert(_ element: Element) -> SlotId {
        if let index = free.popLast() {
            slots[Int(index)].element = element
            return SlotId(index: Int(index), generation: slots[Int(index)].generation)
        }
        precondition(slots.count < Int(UInt32.max))
        slots.append(Slot(element: element, generation: 0))
        return SlotId(index: slots.count - 1, generation: 0)
    }

    subscript(id: SlotId) -> Element? {
        guard id.index < slots.count, slots[id.index].generation == id.generation else { return nil }
        return slots[id.index].element
    }

    /// The element in a slot, whichever it is.
    subscript(index index: Int) -> Element? { slots[index].element }

    /// Changes an element where it lies; the id must be of one that is there.
    @inline(__always)
    mutating func update(_ id: SlotId, _ change: (inout Element) -> Void) {
        precondition(slots[id.index].generation == id.generation)
        guard var element = slots[id.index].element.take() else { preconditionFailure("no element of this id") }
        change(&element)
        slots[id.index].element = consume element
    }

    @discardableResult
    mutating func remove(_ id: SlotId) -> Element? {
        guard id.index < slots.count, slots[id.index].generation == id.generation else { return nil }
        guard let element = slots[id.index].element.take() else { return nil }
        slots[id.index].generation &+= 1
        free.append(UInt32(id.index))
        return element
    }

    var elements: [Element] { slots.compactMap(\.element) }
}
