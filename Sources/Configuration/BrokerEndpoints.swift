// What a broker listens on, and under which addresses it is announced to clients.

/// Kafka's four security protocols.
public enum SecurityProtocol: String, Sendable, Hashable, CaseIterable {
    case plaintext = "PLAINTEXT"
    case ssl = "SSL"
    case saslPlaintext = "SASL_PLAINTEXT"
    case saslSsl = "SASL_SSL"
}

/// One listener: its name, how it is secured, where it is.
public struct BrokerEndpoint: Sendable, Hashable {
    /// Upper case, as Kafka normalises it.
    public var listenerName: String
    public var securityProtocol: SecurityProtocol
    /// Empty for every address of this machine.
    public var host: String
    /// 0 for any free port.
    public var port: Int32

    public init(listenerName: String, securityProtocol: SecurityProtocol, host: String, port: Int32) {
        self.listenerName = listenerName
        self.securityProtocol = securityProtocol
        self.host = host
        self.port = port
    }

    /// `NAME://host:port`, an IPv6 address in brackets.
    public var connectionString: String {
        "\(listenerName)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

/// The listeners of a broker.
public struct BrokerEndpoints: Sendable, Hashable {
    /// What clients and other brokers connect to.
    public var listeners: [BrokerEndpoint] = []
    /// What `controller.listener.names` names; they are not opened: the one node's controller is asked from inside.
    public var controllerListeners: [BrokerEndpoint] = []
    /// What clients are told. As `listeners` where `advertised.listeners` is not set.
    public var advertised: [BrokerEndpoint] = []
    /// Whether `advertised` was set by hand: then it is not changed when a port is chosen.
    public var isAdvertisedByHand = false
    public var interBrokerListenerName = "PLAINTEXT"

    /// What clients are told once the listeners are open: a port 0 is replaced by the one that was chosen.
    /// - Parameter boundPorts: the port of each listener, by its name.
    public func advertised(boundPorts: [String: Int32]) -> [BrokerEndpoint] {
        advertised.map { endpoint in
            var endpoint = endpoint
            if endpoint.port == 0, let port = boundPorts[endpoint.listenerName] { endpoint.port = port }
            return endpoint
        }
    }
}
