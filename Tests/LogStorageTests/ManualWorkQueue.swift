// A queue of background work that runs when a test says so: nothing happens at a time of the machine's choosing.

import Synchronization

@testable import LogStorage

final class ManualWorkQueue: WorkQueue {
    private struct Job: Sendable {
        let dueMs: Int64
        let run: @Sendable () -> Void
    }
    private struct State: Sendable {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        let dueMs = now().addingReportingOverflow(delayMs)
        state.withLock { state in
            guard !state.isStopped else { return }
            state.jobs.append(Job(dueMs: dueMs.overflow ? .max : dueMs.partialValue, run: job))
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.jobs = []
        }
    }

    var jobCount: Int { state.withLock { $0.jobs.count } }

    var hasDueJob: Bool {
        let nowMs = now()
        return state.withLock { state in state.jobs.contains { $0.dueMs <= nowMs } }
    }

    /// Runs the oldest job that is due; false when there is none.
    func runOne() -> Bool {
        let nowMs = now()
        let job = state.withLock { state -> Job? in
            let due = state.jobs.indices.filter { state.jobs[$0].dueMs <= nowMs }
            guard let slot = due.min(by: { state.jobs[$0].dueMs < state.jobs[$1].dueMs }) else { return nil }
            return state.jobs.remove(at: slot)
        }
        job?.run()
        return job != nil
    }

    func runAll() {
        while runOne() {}
    }
}
