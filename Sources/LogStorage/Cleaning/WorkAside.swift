// One piece of a cleaning's work on a thread of its own, while the cleaning goes on with the next.

import Glibc
import Synchronization

/// Work that waits for the disk: it runs beside what its starter does next, and is over when `wait` returns.
final class WorkAside: Sendable {
    private let body: @Sendable () throws(CleaningError) -> Void
    private let state = Mutex(State())

    private struct State {
        /// nil: the work is done when it is waited for.
        var thread: pthread_t?
        var failure: CleaningError?
        var isDone = false
    }

    /// `threads` 1: without a thread; the work is done by `wait`, as late as it can be.
    init(threads: Int, _ body: @escaping @Sendable () throws(CleaningError) -> Void) {
        self.body = body
        guard threads > 1 else { return }
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<WorkAside>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        if result == 0 {
            state.withLock { $0.thread = thread }
        } else {
            // No thread to be had: it is done when it is waited for.
            Unmanaged.passUnretained(self).release()
        }
    }

    deinit {
        if let thread = state.withLock({ $0.thread }) { pthread_detach(thread) }
    }

    /// Returns when the work is done; throws what it threw.
    func wait() throws(CleaningError) {
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        if let thread { pthread_join(thread, nil) }
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
