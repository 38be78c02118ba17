// The clock of loops and timers: it never goes back, and has nothing to do with the time of day.

import Glibc

/// CLOCK_MONOTONIC.
public enum MonotonicClock {
    public static var nowNs: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    public static var nowMs: Int64 { Int64(nowNs / 1_000_000) }
}
