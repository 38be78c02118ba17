// The loops of a process: started together, stopped together.

import CPlatform
import Glibc
import Synchronization

/// A fixed number of event loops, each on a thread of its own.
public final class EventLoopGroup: Sendable {
    public let loops: [EventLoop]
    private let threads: Mutex<[OwnedThread]>

    /// Starts `count` loops on threads named `name-0`, `name-1`, …
    ///
    /// SIGPIPE is ignored for the whole process from here on: `sendfile` has no flag against it, and a peer that went
    /// away must not end the broker.
    public init(count: Int, name: String = "network") throws(NetworkError) {
        precondition(count > 0)
        signal(SIGPIPE, SIG_IGN)
        var loops: [EventLoop] = []
        for index in 0..<count { loops.append(try EventLoop(index: index)) }
        var threads: [OwnedThread] = []
        for loop in loops {
            do {
                threads.append(
                    try OwnedThread(name: "\(name)-\(loop.index)") {
                        // It works for some tens of microseconds and waits. So it runs as soon as it wakes, where
                        // others that compute keep the processors busy; where that cannot be had it runs too.
                        _ = cplatform_take_short_turns()
                        loop.run()
                    })
            } catch {
                for started in loops.prefix(threads.count) { started.stop() }
                for thread in threads { thread.join() }
                throw error
            }
        }
        self.loops = loops
        self.threads = Mutex(threads)
    }

    /// Stops all loops and waits for their threads: tasks given before still run, timers do not, and what is still
    /// registered (connections, listeners) is closed. Not from a loop. Later calls do nothing.
    public func shutdown() {
        precondition(!loops.contains { $0.isOnLoop }, "a loop cannot wait for itself")
        let threads = self.threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        guard !threads.isEmpty else { return }
        for loop in loops { loop.stop() }
        for thread in threads { thread.join() }
    }
}
