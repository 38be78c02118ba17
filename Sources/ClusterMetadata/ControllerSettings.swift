// What the controller knows besides the log.

import Configuration
import KafkaWire

/// The node's identity and configuration, as the controller's decisions use them.
struct ControllerSettings: Sendable {
    var nodeId: Int32
    var clusterId: String
    /// The static configuration; dynamic settings come from the metadata (`ControlState.brokerConfiguration`).
    var configuration: BrokerConfiguration
    /// The ids of the log directories that are in use, in the order of `log.dirs`.
    var logDirectoryIds: [Uuid]

    var defaultPartitionCount: Int32 { configuration.numPartitions }
    var defaultReplicationFactor: Int16 {
        Int16(truncatingIfNeeded: configuration.defaultReplicationFactor)
    }
}
