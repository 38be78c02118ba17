// The timers of one loop: any number of them, each set and cancelled in logarithmic time, none left behind when
// cancelled.

/// Names a timer of one loop.
public struct TimerId: Hashable, Sendable {
    let slot: SlotId
}

/// A four-way heap of deadlines that knows where each timer stands in it, so that a cancelled one leaves at once: a
/// broker sets a timer for each waiting fetch and cancels nearly all of them.
struct TimerHeap {
    private struct Node {
        var deadlineNs: UInt64
        /// Timers with one deadline run in the order they were set.
        var sequence: UInt64
        var slot: SlotId

        func isBefore(_ other: Node) -> Bool {
            deadlineNs != other.deadlineNs ? deadlineNs < other.deadlineNs : sequence < other.sequence
        }
    }

    private struct Timer {
        let action: () -> Void
        /// Where its node stands in the heap.
        var position: Int
    }

    private var heap: ContiguousArray<Node> = []
    private var timers = SlotTable<Timer>()
    private(set) var nextSequence: UInt64 = 0

    var count: Int { heap.count }

    var nextDeadlineNs: UInt64? { heap.first?.deadlineNs }

    mutating func insert(deadlineNs: UInt64, _ action: @escaping () -> Void) -> TimerId {
        let slot = timers.insert(Timer(action: action, position: heap.count))
        heap.append(Node(deadlineNs: deadlineNs, sequence: nextSequence, slot: slot))
        nextSequence += 1
        siftUp(heap.count - 1)
        return TimerId(slot: slot)
    }

    /// False when the timer has run, or was cancelled before.
    mutating func cancel(_ id: TimerId) -> Bool {
        guard let position = timers[id.slot]?.position else { return false }
        removeNode(at: position)
        timers.remove(id.slot)
        return true
    }

    /// The action of the first timer that is due, if it was set before the timer of number `sequenceLimit`: one turn of
    /// the loop does not run what it sets itself.
    mutating func popDue(nowNs: UInt64, sequenceLimit: UInt64) -> (() -> Void)? {
        guard let first = heap.first, first.deadlineNs <= nowNs, first.sequence < sequenceLimit else { return nil }
        removeNode(at: 0)
        return timers.remove(first.slot)?.action
    }

    private mutating func removeNode(at position: Int) {
        let last = heap.removeLast()
        guard position < heap.count else { return }
        place(last, at: position)
        if position > 0 && last.isBefore(heap[(position - 1) / 4]) {
            siftUp(position)
        } else {
            siftDown(position)
        }
    }

    private mutating func place(_ node: Node, at position: Int) {
        heap[position] = node
        timers.update(node.slot) { $0.position = position }
    }

    private mutating func siftUp(_ start: Int) {
        let node = heap[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 4
            guard node.isBefore(heap[parent]) else { break }
            place(heap[parent], at: position)
            position = parent
        }
        place(node, at: position)
    }

    private mutating func siftDown(_ start: Int) {
        let node = heap[start]
        var position = start
        while true {
            let firstChild = position * 4 + 1
            guard firstChild < heap.count else { break }
            var smallest = firstChild
            for child in firstChild..<min(firstChild + 4, heap.count) where heap[child].isBefore(heap[smallest]) {
                smallest = child
            }
            guard heap[smallest].isBefore(node) else { break }
            place(heap[smallest], at: position)
            position = smallest
        }
        place(node, at: position)
    }
}
