// Where batches are checked that take too long for a loop: on few threads, and in turns.

import EventLoop
import Records
import Synchronization

/// What takes long, and can be given up and begun again.
protocol LaboriousCheck: Sendable {
    /// Goes on with what is not done yet; false when there is more than `effort` leaves time for.
    mutating func goOn(_ effort: CheckEffort) -> Bool

    /// All of it is done. Once, on any thread.
    func complete()

    /// It never will be. Once, on any thread.
    func abandon()
}

/// Runs checks so that one who sends batches that open without end holds up nobody else's.
///
/// A check has three turns, each longer than the one before: one that is not done at a turn's end begins again in the
/// next, behind those that wait. So it takes no memory meanwhile, and at worst the work is twice what it was. And a
/// check in a longer turn pauses every few milliseconds, and runs one that waits for a shorter turn first.
final class LaboriousChecks: Sendable {
    /// What is opened in each turn.
    static let turnBytes = [32 << 20, 512 << 20, Int.max]

    private struct Waiting {
        let check: any LaboriousCheck
        let number: UInt64
    }

    private struct State {
        /// By turn, the first come first.
        var waiting = [[Waiting]](repeating: [], count: LaboriousChecks.turnBytes.count)
        var lastNumber: UInt64 = 0
        /// When all that is left is given up.
        var endsAtMs: Int64?

        /// Takes the one that has waited longest for one of the first `turns`.
        mutating func take(turns: Int) -> (check: any LaboriousCheck, turn: Int)? {
            let filled = (0..<turns).filter { !waiting[$0].isEmpty }
            guard let turn = filled.min(by: { waiting[$0][0].number < waiting[$1][0].number }) else { return nil }
            return (waiting[turn].removeFirst().check, turn)
        }
    }

    private let state = Mutex(State())
    private let pool: WorkerPool

    init(maxThreads: Int) {
        pool = WorkerPool(maxThreads: maxThreads, name: "records-check")
    }

    /// From any thread, until `shutdown`.
    func submit(_ check: some LaboriousCheck) { wait(check, turn: 0) }

    /// Gives what is left after `graceMs` up.
    func end(graceMs: Int64) {
        state.withLock { $0.endsAtMs = MonotonicClock.nowMs + graceMs }
    }

    /// Waits until nothing is left. Not from a check.
    func shutdown() { pool.shutdown() }

    private func wait(_ check: any LaboriousCheck, turn: Int) {
        state.withLock { state in
            state.lastNumber += 1
            state.waiting[turn].append(Waiting(check: check, number: state.lastNumber))
        }
        // One of those that wait, not always this one; none when a pause has run it meanwhile.
        pool.submit { [self] in
            if let (check, turn) = state.withLock({ $0.take(turns: Self.turnBytes.count) }) { run(check, turn: turn) }
        }
    }

    private func run(_ check: any LaboriousCheck, turn: Int) {
        if hasEnded { return check.abandon() }
        var check = check
        let effort = CheckEffort.upTo(expandedBytes: Self.turnBytes[turn]) { [self] in pause(turn) }
        if check.goOn(effort) { return check.complete() }
        if hasEnded { return check.abandon() }
        wait(check, turn: min(turn + 1, Self.turnBytes.count - 1))
    }

    /// Lets another one go first; false when it is all over. Checks in checks are no deeper than there are turns.
    private func pause(_ turn: Int) -> Bool {
        if hasEnded { return false }
        if let (check, turn) = state.withLock({ $0.take(turns: turn) }) { run(check, turn: turn) }
        return !hasEnded
    }

    private var hasEnded: Bool {
        state.withLock { $0.endsAtMs }.map { MonotonicClock.nowMs >= $0 } ?? false
    }
}
