// What the event loop and those who know the protocol have to do with each other: frames in, answers out.

import Bytes

/// Handles the requests of one connection. Made by the listener's factory when a connection is accepted; whatever is to
/// be remembered per connection lives in it. All calls come on the connection's loop.
public protocol FrameHandler: AnyObject {
    /// A request arrived: `frame` is what came after the size prefix (it may be empty). Requests of a connection come
    /// in the order they were sent, the next one possibly before this one is answered. `reply` must be used exactly
    /// once, now or later, from any thread.
    ///
    /// The bytes stay valid for as long as the slice is held. A small frame shares its memory (some tens of KiB) with
    /// other input of the loop: what is kept beyond the answer is better kept as `frame.detached()`.
    func handle(frame: ByteSlice, reply: Reply)

    /// The peer sends no more. It may still read, or be gone: what it asked for is still to be answered, and better
    /// soon. Called at most once, before `connectionClosed`; not at all when the connection breaks, or while so much is
    /// unanswered that nothing is read.
    func inputEnded()

    /// The connection is closed, by whichever side. Called once; replies given later go nowhere.
    func connectionClosed()
}

extension FrameHandler {
    public func inputEnded() {}
}

/// The right, and the duty, to answer one request. To be used exactly once; a second use is a fault that stops the
/// process. After the connection closed an answer is dropped.
///
/// Answers leave in the order of the requests: one that is ready early waits for those before it.
public struct Reply: Sendable {
    public let connection: Connection
    /// The request's number on its connection, from 0.
    let sequence: UInt64

    /// Answers with `pieces`, one after the other. The first piece must be bytes and begin with four that the encoder
    /// has left free: the loop writes the size prefix there (the answer's size without the four, big-endian), which
    /// costs neither a copy nor a piece of its own.
    public func send(_ pieces: [OutboundPiece]) {
        precondition(Self.hasRoomForPrefix(pieces.first), "an answer begins with four bytes for its size")
        complete(.pieces(pieces))
    }

    /// Answers with `bytes`, whose first four are left free for the size prefix.
    public func send(_ bytes: ByteSlice) {
        precondition(bytes.count >= 4, "an answer begins with four bytes for its size")
        complete(.bytes(bytes))
    }

    /// Answers with nothing, as for a produce request with `acks=0`.
    public func none() {
        complete(.nothing)
    }

    /// Closes the connection once all answers to earlier requests are sent. No later request is handled, if this is
    /// called before `handle` returns.
    public func close() {
        complete(.closing)
    }

    private func complete(_ answer: PendingAnswer) {
        if connection.loop.isOnLoop {
            connection.complete(sequence, answer)
        } else {
            connection.loop.post(.answer(self, answer))
        }
    }

    private static func hasRoomForPrefix(_ piece: OutboundPiece?) -> Bool {
        guard case .bytes(let bytes) = piece else { return false }
        return bytes.count >= 4
    }
}

/// What is known of the answer to a request that is not yet at the head of its connection's queue.
enum PendingAnswer: Sendable {
    case waiting
    case bytes(ByteSlice)
    case pieces([OutboundPiece])
    case nothing
    case closing

    var isWaiting: Bool {
        if case .waiting = self { true } else { false }
    }
}
