// Jobs that block and must keep their order, as those of one partition, over the threads of a pool.

import Synchronization

/// Runs its jobs one after the other, in the order they were given, on whichever thread of the pool is free. Costs no
/// thread, and next to nothing while it is empty.
public final class SerialQueue: Sendable {
    private struct State {
        var jobs = Ring<@Sendable () -> Void>()
        /// A pool job of this queue is running or waiting.
        var isActive = false
    }

    private let pool: WorkerPool
    private let state = Mutex(State())
    /// So many jobs run before other jobs of the pool have their turn.
    private static let jobsPerTurn = 16

    public init(pool: WorkerPool) {
        self.pool = pool
    }

    /// From any thread.
    public func submit(_ job: @escaping @Sendable () -> Void) {
        let begins = state.withLock { state in
            state.jobs.append(job)
            defer { state.isActive = true }
            return !state.isActive
        }
        if begins { pool.submit { self.work() } }
    }

    private func work() {
        for _ in 0..<Self.jobsPerTurn {
            let job = state.withLock { state -> (@Sendable () -> Void)? in
                if state.jobs.isEmpty {
                    state.isActive = false
                    return nil
                }
                return state.jobs.removeFirst()
            }
            guard let job else { return }
            job()
        }
        pool.submit { self.work() }
    }
}
