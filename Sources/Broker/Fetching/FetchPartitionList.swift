// The partitions of a fetch session in the order in which they are read: those that had records go to the end, so that
// a small response limit does not starve the others.

/// An insertion-ordered map from partition to what the session remembers of it. Finding, adding, removing and moving to
/// the end take constant time.
struct FetchPartitionList: Sendable {
    private struct Slot: Sendable {
        var value: CachedFetchPartition
        var previous: Int32
        var next: Int32
    }

    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []
    private var positions: [FetchPartitionKey: Int32] = [:]
    private var first: Int32 = -1
    private var last: Int32 = -1

    init(minimumCapacity: Int = 0) {
        slots.reserveCapacity(minimumCapacity)
        positions.reserveCapacity(minimumCapacity)
    }

    var count: Int { positions.count }
    var isEmpty: Bool { positions.isEmpty }

    /// Changes the partition's entry where it is; nil when there is none.
    mutating func update<R>(_ key: FetchPartitionKey, _ body: (inout CachedFetchPartition) -> R) -> R? {
        guard let position = positions[key] else { return nil }
        return body(&slots[Int(position)].value)
    }

    /// Adds a partition that is not in the list, at the end.
    mutating func append(_ value: CachedFetchPartition) {
        precondition(positions[value.target.key] == nil)
        let slot = Slot(value: value, previous: last, next: -1)
        let position: Int32
        if let free = freeSlots.popLast() {
            position = free
            slots[Int(free)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        if last >= 0 { slots[Int(last)].next = position } else { first = position }
        last = position
        positions[value.target.key] = position
    }

    mutating func remove(_ key: FetchPartitionKey) {
        guard let position = positions.removeValue(forKey: key) else { return }
        unlink(position)
        freeSlots.append(position)
    }

    mutating func moveToEnd(_ key: FetchPartitionKey) {
        guard let position = positions[key], position != last else { return }
        unlink(position)
        slots[Int(position)].previous = last
        slots[Int(position)].next = -1
        if last >= 0 { slots[Int(last)].next = position } else { first = position }
        last = position
    }

    /// Visits every entry in order.
    mutating func forEach(_ body: (inout CachedFetchPartition) -> Void) {
        var position = first
        while position >= 0 {
            body(&slots[Int(position)].value)
            position = slots[Int(position)].next
        }
    }

    private mutating func unlink(_ position: Int32) {
        let (previous, next) = (slots[Int(position)].previous, slots[Int(position)].next)
        if previous >= 0 { slots[Int(previous)].next = next } else { first = next }
        if next >= 0 { slots[Int(next)].previous = previous } else { last = previous }
    }
}
