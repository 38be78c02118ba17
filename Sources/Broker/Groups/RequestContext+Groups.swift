// What handlers of group requests say about who asks, and how they hand requests to a shard.

import Groups
import KafkaWire

extension RequestContext {
    /// The client as a shard wants to know it.
    var groupClient: GroupClient {
        GroupClient(clientId: clientId ?? "", clientHost: clientHost, apiVersion: apiVersion)
    }
}
