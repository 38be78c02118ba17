// How listeners and connections behave. The names are those of Kafka's configuration, the defaults its own.

import Glibc

/// What holds for all listeners of a server.
public struct SocketServerConfiguration: Sendable {
    /// `socket.request.max.bytes`: a connection that announces a larger frame is closed.
    public var socketRequestMaxBytes: Int32 = 104_857_600
    /// `socket.send.buffer.bytes`; -1 leaves it to the system.
    public var socketSendBufferBytes: Int32 = 102_400
    /// `socket.receive.buffer.bytes`; -1 leaves it to the system.
    public var socketReceiveBufferBytes: Int32 = 102_400
    /// `socket.listen.backlog.size`.
    public var socketListenBacklogSize: Int32 = 50
    /// `connections.max.idle.ms`: a connection on which nothing came or went for so long is closed; negative: never.
    public var connectionsMaxIdleMs: Int64 = 600_000
    public var connectionLimits = ConnectionLimits()
    /// How many requests of a connection may be read whose answers are not all sent. Kafka's broker takes one at a
    /// time.
    public var maxInFlightRequests = 100
    /// A connection with more unsent bytes of answers in memory is not read from until they are fewer.
    public var maxUnsentBytes = 1 << 20
    /// How much one connection may read, and send, before others of its loop have their turn.
    public var bytesPerTurn = 1 << 20

    public init() {}
}

/// How many connections there may be. May be changed while the server runs.
public struct ConnectionLimits: Sendable {
    /// `max.connections` of the whole broker: when it is reached, no connection is accepted until one closes.
    public var maxConnections = Int(Int32.max)
    /// `max.connections` of a listener (`listener.name.<name>.max.connections`), by the listener's name.
    public var maxConnectionsByListener: [String: Int] = [:]
    /// `max.connections.per.ip`: a connection beyond it is closed at once.
    public var maxConnectionsPerIp = Int(Int32.max)
    /// `max.connections.per.ip.overrides`.
    public var maxConnectionsPerIpOverrides: [IPAddress: Int] = [:]

    public init() {}

    /// How many connections leave enough of the descriptors that the process may open to the logs, which go offline
    /// when they get none: eleven sixteenths, as a quarter is for files that stay open between two reads.
    public static var affordableConnections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(Int32.max) }
        let descriptors = Int(clamping: limit.rlim_cur)
        return min(max(1, descriptors / 16 * 11), Int(Int32.max))
    }
}

/// Where to listen.
public struct ListenerConfiguration: Sendable {
    /// The listener's name, for example `PLAINTEXT`.
    public var name: String
    /// A numeric address or a host's name; empty for all addresses of both families.
    public var host: String
    /// 0 lets the system choose.
    public var port: UInt16
    /// Whether this is the inter-broker listener beside others: `max.connections` of the broker does not hold it up;
    /// connections of other listeners are closed to make room, as Kafka does.
    public var isProtected: Bool

    public init(name: String, host: String, port: UInt16, isProtected: Bool = false) {
        self.name = name
        self.host = host
        self.port = port
        self.isProtected = isProtected
    }
}
