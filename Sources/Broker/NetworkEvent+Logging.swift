// The network's settings and events in the broker's words.

import Configuration
import EventLoop
import Logging

extension SocketServerConfiguration {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        socketRequestMaxBytes = configuration.socketRequestMaxBytes
        socketSendBufferBytes = configuration.socketSendBufferBytes
        socketReceiveBufferBytes = configuration.socketReceiveBufferBytes
        socketListenBacklogSize = configuration.socketListenBacklogSize
        connectionsMaxIdleMs = configuration.connectionsMaxIdleMs
        connectionLimits = ConnectionLimits(configuration)
    }
}

extension ConnectionLimits {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        maxConnections = min(Int(configuration.maxConnections), Self.affordableConnections)
        for listener in configuration.endpoints.listeners.map(\.listenerName) {
            maxConnectionsByListener[listener] = Int(configuration.maxConnections(ofListener: listener))
        }
        maxConnectionsPerIp = Int(configuration.maxConnectionsPerIp)
        for (host, limit) in configuration.maxConnectionsPerIpOverrides {
            do {
                maxConnectionsPerIpOverrides[try IPAddress(resolving: host)] = Int(limit)
            } catch {
                Logger("network").warn(
                    "max.connections.per.ip.overrides has no effect for \(host), whose address is not known: \(error)")
            }
        }
    }
}

extension NetworkEvent {
    /// Writes the line that an operator reads.
    func write(to log: Logger) {
        switch self {
        case .acceptFailed(let listener, let error):
            log.error("Listener \(listener) cannot accept for now, and goes on by itself: \(error)")
        case .connectionLimitReached(let listener):
            log.warn(
                "Listener \(listener) waits for a connection to close: there are as many as max.connections, or the limit of open files (\(ConnectionLimits.affordableConnections) connections), allow"
            )
        case .tooManyConnections(let address, let limit):
            log.warn("Closed a connection from \(address): it has more than \(limit) (max.connections.per.ip)")
        case .invalidFrameSize(let peer, let size, let max):
            log.warn(
                "Closed the connection from \(peer): a request of \(size) bytes; 0 to \(max) are allowed (socket.request.max.bytes)"
            )
        case .fileTooShort(let peer, let missing):
            log.error("Closed the connection from \(peer): a segment file ends \(missing) bytes before its records do")
        case .connectionFailed(let peer, let error):
            log.debug("The connection from \(peer) failed: \(error)")
        case .idleConnectionClosed(let peer, let idleMs):
            log.debug("Closed the connection from \(peer): idle for \(idleMs) ms (connections.max.idle.ms)")
        case .excessConnectionClosed(let peer):
            log.warn("Closed the connection from \(peer) to make room: max.connections is reached")
        }
    }
}
