import Testing

@testable import EventLoop

@Suite struct TimerHeapTests {
    /// What was run, in order.
    final class Log {
        var entries: [Int] = []
    }

    private func runAll(_ heap: inout TimerHeap, nowNs: UInt64 = .max) {
        let limit = heap.nextSequence
        while let action = heap.popDue(nowNs: nowNs, sequenceLimit: limit) { action() }
    }

    @Test func timersRunByDeadlineAndThenInTheOrderTheyWereSet() {
        var heap = TimerHeap()
        let log = Log()
        for (number, deadline) in [30, 10, 20, 10, 30, 10].enumerated() {
            _ = heap.insert(deadlineNs: UInt64(deadline)) { log.entries.append(number) }
        }
        #expect(heap.nextDeadlineNs == 10)
        runAll(&heap)
        #expect(log.entries == [1, 3, 5, 2, 0, 4])
        #expect(heap.nextDeadlineNs == nil)
    }

    @Test func onlyWhatIsDueRuns() {
        var heap = TimerHeap()
        let log = Log()
        for deadline in [5, 15] { _ = heap.insert(deadlineNs: UInt64(deadline)) { log.entries.append(deadline) } }
        runAll(&heap, nowNs: 14)
        #expect(log.entries == [5])
        runAll(&heap, nowNs: 15)
        #expect(log.entries == [5, 15])
    }

    @Test func aTimerSetByATimerWaitsForTheNextTurn() {
        var heap = TimerHeap()
        _ = heap.insert(deadlineNs: 1) {}
        let limit = heap.nextSequence
        let first = heap.popDue(nowNs: 9, sequenceLimit: limit)
        _ = heap.insert(deadlineNs: 1) {}
        let tooEarly = heap.popDue(nowNs: 9, sequenceLimit: limit)
        let second = heap.popDue(nowNs: 9, sequenceLimit: heap.nextSequence)
        #expect(first != nil)
        #expect(tooEarly == nil)
        #expect(second != nil)
    }

    @Test func aCancelledTimerLeavesNothingAndItsIdNeverHitsAnother() {
        var heap = TimerHeap()
        let log = Log()
        let first = heap.insert(deadlineNs: 1) { log.entries.append(1) }
        let wasCancelled = heap.cancel(first)
        #expect(wasCancelled)
        #expect(heap.count == 0)
        let second = heap.insert(deadlineNs: 2) { log.entries.append(2) }
        let hitAnother = heap.cancel(first)
        #expect(!hitAnother, "the slot is used again, by another timer")
        runAll(&heap)
        #expect(log.entries == [2])
        let ranAlready = !heap.cancel(second)
        #expect(ranAlready)
    }

    @Test func anActionIsLetGoOfWhenItsTimerIsCancelled() {
        var heap = TimerHeap()
        weak var held: Log?
        let id: TimerId
        do {
            let log = Log()
            held = log
            id = heap.insert(deadlineNs: 1) { log.entries.append(1) }
        }
        #expect(held != nil)
        let wasCancelled = heap.cancel(id)
        #expect(wasCancelled)
        #expect(held == nil)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func anyMixOfSettingAndCancellingRunsWhatIsLeftInOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var heap = TimerHeap()
        let log = Log()
        var expected: [(deadline: UInt64, number: Int)] = []
        var ids: [Int: TimerId] = [:]
        for number in 0..<2000 {
            let deadline = UInt64.random(in: 0..<300, using: &random)
            ids[number] = heap.insert(deadlineNs: deadline) { log.entries.append(number) }
            expected.append((deadline, number))
            if Int.random(in: 0..<3, using: &random) == 0 {
                let victim = Int.random(in: 0...number, using: &random)
                if let id = ids.removeValue(forKey: victim) {
                    let wasCancelled = heap.cancel(id)
                    #expect(wasCancelled)
                    expected.removeAll { $0.number == victim }
                }
            }
        }
        #expect(heap.count == expected.count)
        runAll(&heap)
        #expect(log.entries == expected.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }.map(\.number))
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
