// What happens on the network that an operator may want to read of; the server's owner logs it.

/// Handed to the server's `onEvent`, on whichever thread it happens.
public enum NetworkEvent: Sendable {
    /// The system refused to accept (descriptors used up, no memory). Accepting goes on by itself later.
    case acceptFailed(listener: String, NetworkError)
    /// `max.connections` is reached: the listener waits for a connection to close.
    case connectionLimitReached(listener: String)
    /// `max.connections.per.ip` is reached: a connection was closed.
    case tooManyConnections(from: IPAddress, limit: Int)
    /// A frame of negative size, or larger than `socket.request.max.bytes`: the connection is closed.
    case invalidFrameSize(peer: SocketAddress, sizeBytes: Int32, maxBytes: Int32)
    /// A file was shorter than an answer promised: the connection is closed, as the answer can not be completed.
    case fileTooShort(peer: SocketAddress, missingBytes: Int)
    /// Reading or writing failed for another reason than the peer's going away.
    case connectionFailed(peer: SocketAddress, NetworkError)
    /// Closed by `connections.max.idle.ms`.
    case idleConnectionClosed(peer: SocketAddress, idleMs: Int64)
    /// Closed to make room, by `max.connections`.
    case excessConnectionClosed(peer: SocketAddress)
}
