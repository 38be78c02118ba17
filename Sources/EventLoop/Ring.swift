// A queue in a ring: what waits on a connection for its turn.

/// First in, first out, with access by position; memory is taken at the first element.
struct Ring<Element> {
    private var slots: ContiguousArray<Element?> = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    private func index(_ position: Int) -> Int { (head &+ position) & (slots.count &- 1) }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[index(count)] = element
        count += 1
    }

    private mutating func grow() {
        var larger = ContiguousArray<Element?>()
        larger.reserveCapacity(max(4, slots.count * 2))
        for position in 0..<count { larger.append(slots[index(position)]) }
        while larger.count < max(4, slots.count * 2) { larger.append(nil) }
        slots = larger
        head = 0
    }

    subscript(position: Int) -> Element {
        get {
            precondition(position >= 0 && position < count)
            guard let element = slots[index(position)] else { preconditionFailure("an empty slot in a ring") }
            return element
        }
        set {
            precondition(position >= 0 && position < count)
            slots[index(position)] = newValue
        }
    }

    var first: Element? { count == 0 ? nil : slots[head] }

    @discardableResult
    mutating func removeFirst() -> Element {
        precondition(count > 0)
        guard let element = slots[head].take() else { preconditionFailure("an empty slot in a ring") }
        head = (head &+ 1) & (slots.count &- 1)
        count -= 1
        return element
    }

    /// Drops the elements and their memory.
    mutating func removeAll() {
        self = Ring()
    }

    /// Gives back what a burst took, once it is over.
    mutating func shrinkWhenEmpty(above capacity: Int) {
        if count == 0 && slots.count > capacity { self = Ring() }
    }
}
