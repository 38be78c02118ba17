// A broker as clients of one listener are told of it.

import ClusterMetadata

/// Where clients of a listener reach a broker.
struct BrokerNode: Sendable {
    let id: Int32
    let host: String
    let port: Int32
    let rack: String?
}

extension BrokerNode {
    /// The broker's endpoint for clients of `listener`; nil when it has none there.
    init?(_ registration: BrokerRegistration, listener: BoundListener) {
        guard let endpoint = registration.endpoint(listener.name) else { return nil }
        self.init(
            id: registration.id, host: endpoint.host, port: Int32(endpoint.port), rack: registration.rack)
    }
}
