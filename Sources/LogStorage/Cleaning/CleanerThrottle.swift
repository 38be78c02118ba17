// Keeps the cleaner's reads and writes under `log.cleaner.io.max.bytes.per.second`, and tells it to stop.

import Glibc

/// When bytes may go on that are not to be more than so many a second. Knows no clock.
struct ByteRate {
    /// So many seconds' worth may be taken at once.
    static let burstSeconds = 0.1

    let bytesPerSecond: Double
    /// When all that was taken will have been paid for.
    private var paidUpNs: Double

    init(bytesPerSecond: Double, nowNs: Double) {
        self.bytesPerSecond = bytesPerSecond
        paidUpNs = nowNs
    }

    /// Takes `count` bytes, and gives back when whoever took them may go on.
    mutating func take(_ count: Int, nowNs: Double) -> Double {
        paidUpNs = max(paidUpNs, nowNs) + Double(count) / bytesPerSecond * 1e9
        return paidUpNs - Self.burstSeconds * 1e9
    }
}

/// Shared by all threads of a cleaner: what one of them takes, all of them wait for.
///
/// `@unchecked Sendable`: the counts are guarded by a POSIX mutex, because its condition variable needs one.
final class CleanerThrottle: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // Guarded by `mutex`.
    private var isStopped = false
    private var rate: ByteRate
    private let clock: Clock

    /// Where the time comes from, in ns, and how to wait until a time that is given; nil: on the condition variable.
    struct Clock: Sendable {
        var nowNs: @Sendable () -> Double = { CleanerThrottle.monotonicNs() }
        var wait: (@Sendable (_ untilNs: Double) -> Void)?
    }

    init(bytesPerSecond: Double, clock: Clock = Clock()) {
        self.clock = clock
        rate = ByteRate(bytesPerSecond: bytesPerSecond, nowNs: clock.nowNs())
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

    /// Takes `count` bytes; waits until the rate allows more. `.cancelled` once the cleaner is stopped.
    func take(_ count: Int) throws(CleaningError) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if rate.bytesPerSecond < 1e15 {
            let due = rate.take(count, nowNs: clock.nowNs())
            while !isStopped && clock.nowNs() < due {
                if let wait = clock.wait {
                    wait(due)
                    continue
                }
                let wait = min(due, clock.nowNs() + 1e12)
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

    private static func monotonicNs() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
