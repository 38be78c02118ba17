// One thread for what may block or has to wait. It sleeps until the next job is due; with no job, for ever.

import CPlatform
import Glibc
import Synchronization

/// Runs jobs on a thread of its own, one after the other, each not before its time. The thread starts with the first
/// job.
///
/// `@unchecked Sendable`: the queue is guarded by a POSIX mutex, because its condition variable needs one.
public final class BackgroundWorker: WorkQueue, @unchecked Sendable {
    private struct Job {
        let dueNs: Int64
        let sequence: Int
        let run: @Sendable () -> Void
    }

    /// The thread's nice value; nil: that of who starts it.
    private let niceness: Int32?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // Guarded by `mutex`.
    private var jobs: [Job] = []
    private var nextSequence = 0
    private var thread: StorageThread?
    private var isStopping = false

    /// What nobody waits for: it gets a tenth of a processor's time where others want all of it. Lower would leave what
    /// it holds in the file system held for long.
    public static let unhurried: Int32 = 10

    /// `niceness`: how far its thread stands back where processors are scarce, as nice(1) counts; nil for no less than
    /// who starts it.
    public init(niceness: Int32? = nil) {
        self.niceness = niceness
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `job` on the worker's thread, `delayMs` from now at the earliest. After `stop`, jobs are dropped.
    public func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void) {
        let delayNs = min(max(delayMs, 0), 1 << 40).multipliedReportingOverflow(by: 1_000_000).partialValue
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isStopping else { return }
        insert(Job(dueNs: Self.monotonicNs() + delayNs, sequence: nextSequence, run: job))
        nextSequence += 1
        if thread == nil { start() }
        pthread_cond_signal(condition)
    }

    /// Drops the jobs that wait, lets the one that runs end, and ends the thread. Not to be called from a job.
    public func stop() {
        pthread_mutex_lock(mutex)
        isStopping = true
        jobs.removeAll()
        let thread = self.thread
        self.thread = nil
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
        thread?.join()
    }

    /// Keeps `jobs` sorted, the next one last. `mutex` is held.
    private func insert(_ job: Job) {
        var low = 0
        var high = jobs.count
        while low < high {
            let middle = (low + high) / 2
            if (jobs[middle].dueNs, jobs[middle].sequence) > (job.dueNs, job.sequence) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        jobs.insert(job, at: low)
    }

    /// `mutex` is held.
    private func start() {
        do throws(StorageThread.Refused) {
            thread = try StorageThread { self.work() }
        } catch {
            preconditionFailure("pthread_create: errno \(error.errno)")
        }
    }

    private func work() {
        // On Linux a thread's own; without effect where it is not allowed, which costs nothing but time.
        if let niceness {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
            // Whoever wakes does not wait for the end of a long turn of it.
            _ = cplatform_take_short_turns()
        }
        pthread_mutex_lock(mutex)
        while !isStopping {
            guard let next = jobs.last else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            if next.dueNs > Self.monotonicNs() {
                var until = timespec(tv_sec: Int(next.dueNs / 1_000_000_000), tv_nsec: Int(next.dueNs % 1_000_000_000))
                pthread_cond_timedwait(condition, mutex, &until)
                continue
            }
            jobs.removeLast()
            pthread_mutex_unlock(mutex)
            next.run()
            pthread_mutex_lock(mutex)
        }
        pthread_mutex_unlock(mutex)
    }

    private static func monotonicNs() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
