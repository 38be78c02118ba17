// What a loop counts, for metrics: written by the loop, read by anyone.

import Synchronization

/// Counters of one loop. Each is written by the loop's thread only, so that an increment is a plain load and store, and
/// read from any thread at any time.
public final class LoopCounters: Sendable {
    private let accepted = Atomic<Int>(0)
    private let closed = Atomic<Int>(0)
    private let bytesIn = Atomic<Int>(0)
    private let bytesOut = Atomic<Int>(0)
    private let frames = Atomic<Int>(0)

    public var snapshot: NetworkCounters {
        var counters = NetworkCounters()
        // Closed first: a connection closed in between then shows as open, never as -1.
        counters.closedConnections = closed.load(ordering: .acquiring)
        counters.acceptedConnections = accepted.load(ordering: .acquiring)
        counters.bytesIn = bytesIn.load(ordering: .relaxed)
        counters.bytesOut = bytesOut.load(ordering: .relaxed)
        counters.frames = frames.load(ordering: .relaxed)
        return counters
    }

    func countAccepted() { add(1, to: accepted) }
    func countClosed() { add(1, to: closed) }
    func countBytesIn(_ count: Int) { add(count, to: bytesIn) }
    func countBytesOut(_ count: Int) { add(count, to: bytesOut) }
    func countFrame() { add(1, to: frames) }

    @inline(__always)
    private func add(_ amount: Int, to counter: borrowing Atomic<Int>) {
        counter.store(counter.load(ordering: .relaxed) &+ amount, ordering: .releasing)
    }
}

/// What went through a loop, or a sum over loops, since the start.
public struct NetworkCounters: Equatable, Sendable {
    public var acceptedConnections = 0
    public var closedConnections = 0
    public var bytesIn = 0
    public var bytesOut = 0
    /// Requests that were handed to handlers.
    public var frames = 0

    public var openConnections: Int { acceptedConnections - closedConnections }

    public static func + (left: NetworkCounters, right: NetworkCounters) -> NetworkCounters {
        var sum = left
        sum.acceptedConnections += right.acceptedConnections
        sum.closedConnections += right.closedConnections
        sum.bytesIn += right.bytesIn
        sum.bytesOut += right.bytesOut
        sum.frames += right.frames
        return sum
    }
}
