// One piece of a cleaning's work on a thread of its own, while the cleaning goes on with the next.

import Synchronization

/// Work that waits for the disk: it runs beside what its starter does next, and is over when `wait` returns.
final class WorkAside: Sendable {
    private let body: @Sendable () throws(CleaningError) -> Void
    private let state = Mutex(State())

    private struct State {
        /// nil: the work is done when it is waited for.
        var thread: StorageThread?
        var failure: CleaningError?
        var isDone = false
    }

    /// `threads` 1: without a thread; the work is done by `wait`, as late as it can be.
    init(threads: Int, _ body: @escaping @Sendable () throws(CleaningError) -> Void) {
        self.body = body
        guard threads > 1 else { return }
        // With no thread to be had it is done when it is waited for.
        let thread = try? StorageThread { self.run() }
        state.withLock { $0.thread = thread }
    }

    deinit {
        state.withLock { $0.thread }?.detach()
    }

    /// Returns when the work is done; throws what it threw.
    func wait() throws(CleaningError) {
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        thread?.join()
        if !state.withLock({ $0.isDone }) { run() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func run() {
        var failure: CleaningError?
        do throws(CleaningError) { try body() } catch { failure = error }
        state.withLock { state in
            state.failure = failure
            state.isDone = true
        }
    }
}
