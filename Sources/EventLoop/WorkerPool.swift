// Threads for what blocks: fsync, deletion, recovery, reads that are not in the page cache.

import Glibc
import Synchronization

/// A small pool of threads. A thread starts when a job finds no idle one and the bound is not reached; an idle thread
/// waits at no cost.
public final class WorkerPool: Sendable {
    private struct State {
        var jobs = Ring<@Sendable () -> Void>()
        var threads: [OwnedThread] = []
        var idleCount = 0
        var isShutDown = false
    }

    public let maxThreads: Int
    private let name: String
    private let state = Mutex(State())
    /// Signalled once for each job that was given to an idle thread, and for each thread at the end.
    private let wakeup = Semaphore()

    /// The threads will be named `name-0`, `name-1`, …
    public init(maxThreads: Int, name: String = "worker") {
        precondition(maxThreads > 0)
        self.maxThreads = maxThreads
        self.name = name
    }

    /// Runs `job` on one of the threads; jobs start in the order they are given. From any thread. A job that is given
    /// after `shutdown` began, other than by a job, is a fault of ours.
    public func submit(_ job: @escaping @Sendable () -> Void) {
        let wakesIdleThread = state.withLock { state -> Bool in
            precondition(!(state.isShutDown && state.threads.isEmpty), "a job for a pool that is shut down")
            state.jobs.append(job)
            if state.idleCount > 0 {
                state.idleCount -= 1
                return true
            }
            // At the end the thread whose job gives another one runs it.
            if !state.isShutDown && state.threads.count < maxThreads { startThread(&state) }
            return false
        }
        if wakesIdleThread { wakeup.signal() }
    }

    private func startThread(_ state: inout State) {
        do {
            state.threads.append(try OwnedThread(name: "\(name)-\(state.threads.count)") { self.work() })
        } catch {
            // The system gives no more threads: those that run do the job. Without any, nothing would ever do it.
            precondition(!state.threads.isEmpty, "no worker thread can be started: \(error)")
        }
    }

    private func work() {
        while true {
            let (job, isOver) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), false) }
                if state.isShutDown { return (nil, true) }
                state.idleCount += 1
                return (nil, false)
            }
            if isOver { return }
            if let job { job() } else { wakeup.wait() }
        }
    }

    /// Runs the jobs that were given, those that they give in turn included, and ends the threads. Not from a job.
    public func shutdown() {
        let threads = state.withLock { state in
            state.isShutDown = true
            state.idleCount = 0
            return state.threads
        }
        for _ in threads { wakeup.signal() }
        for thread in threads { thread.join() }
        state.withLock { $0.threads = [] }
    }
}

extension WorkerPool {
    /// Threads that were started.
    public var threadCount: Int { state.withLock { $0.threads.count } }

    /// Threads that wait for a job.
    public var idleCount: Int { state.withLock { $0.idleCount } }
}
