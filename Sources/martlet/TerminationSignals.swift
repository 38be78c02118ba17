// The signals that end the program, taken by one thread that waits for them.

import Glibc

/// SIGTERM, SIGINT and SIGHUP, blocked in all threads that start after this is made, and waited for by one.
struct TerminationSignals: Sendable {
    enum Cause {
        /// Somebody asked for the end.
        case asked
        /// The program itself did: `raise`.
        case failure
    }

    /// How the program wakes its own waiting thread.
    private static let ownSignal = SIGUSR1

    init() {
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP, ownSignal] { sigaddset(&set, signal) }
        return set
    }

    /// Returns when one of the signals came.
    func wait() -> Cause {
        var set = Self.set
        var signal: CInt = 0
        while sigwait(&set, &signal) != 0 {}
        return signal == Self.ownSignal ? .failure : .asked
    }

    /// Waits for one of the signals at most so long; it stays for `wait` to take.
    func pause(ms: Int) {
        var set = Self.set
        var time = timespec(tv_sec: ms / 1000, tv_nsec: ms % 1000 * 1_000_000)
        let signal = sigtimedwait(&set, nil, &time)
        if signal > 0 { kill(getpid(), signal) }
    }

    /// Ends `wait`, from any thread.
    func raise() {
        kill(getpid(), Self.ownSignal)
    }
}
