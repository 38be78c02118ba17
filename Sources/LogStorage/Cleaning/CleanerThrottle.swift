// Keeps the cleaner's reads and writes under `log.cleaner.io.max.bytes.per.second`, and tells it to stop.

import Glibc

/// Shared by all threads of a cleaner: what one of them takes, all of them wait for.
///
/// `@unchecked Sendable`: the counts are guarded by a POSIX mutex, because its condition variable needs one.
final class CleanerThrottle: @unchecked Sendable {
    /// So many seconds' worth may be taken at once.
    private static let burstSeconds = 0.1

    private let bytesPerSecond: Double
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // Guarded by `mutex`.
    private var isStopped = false
    /// When all that was taken will have been paid for.
    private var paidUpNs: Double

    init(bytesPerSecond: Double) {
        self.bytesPerSecond = bytesPerSecond
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        paidUpNs = Self.nowNs()
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Takes `count` bytes; waits until the rate allows more. `.cancelled` once the cleaner is stopped.
    func take(_ count: Int) throws(CleaningError) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if bytesPerSecond < 1e15 {
            let now = Self.nowNs()
            paidUpNs = max(paidUpNs, now) + Double(count) / bytesPerSecond * 1e9
            let due = paidUpNs - Self.burstSeconds * 1e9
            while !isStopped && Self.nowNs() < due {
                let wait = min(due, Self.nowNs() + 1e12)
                var until = timespec(tv_sec: Int(wait / 1e9), tv_nsec: Int(wait.truncatingRemainder(dividingBy: 1e9)))
                pthread_cond_timedwait(condition, mutex, &until)
            }
        }
        if isStopped { throw .cancelled }
    }

    /// Ends all cleaning at its next read.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    private static func nowNs() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
