// The groups' settings out of the broker's configuration.

import Configuration
import Groups

extension GroupCoordinatorConfig {
    init(_ broker: BrokerConfiguration) {
        self.init()
        classicMinSessionTimeoutMs = broker.groupMinSessionTimeoutMs
        classicMaxSessionTimeoutMs = broker.groupMaxSessionTimeoutMs
        classicInitialRebalanceDelayMs = broker.groupInitialRebalanceDelayMs
        classicMaxSize = Int(broker.groupMaxSize)

        consumerProtocolIsEnabled = broker.groupRebalanceProtocols.contains("consumer")
        consumerSessionTimeoutMs = broker.consumerGroupSessionTimeoutMs
        consumerMinSessionTimeoutMs = broker.consumerGroupMinSessionTimeoutMs
        consumerMaxSessionTimeoutMs = broker.consumerGroupMaxSessionTimeoutMs
        consumerHeartbeatIntervalMs = broker.consumerGroupHeartbeatIntervalMs
        consumerMinHeartbeatIntervalMs = broker.consumerGroupMinHeartbeatIntervalMs
        consumerMaxHeartbeatIntervalMs = broker.consumerGroupMaxHeartbeatIntervalMs
        consumerMaxSize = Int(broker.consumerGroupMaxSize)
        consumerAssignors = broker.consumerGroupAssignors
        consumerMigrationPolicy =
            ConsumerGroupMigrationPolicy(rawValue: broker.consumerGroupMigrationPolicy) ?? .bidirectional
        consumerAssignmentIntervalMs = broker.consumerGroupAssignmentIntervalMs
        consumerMinAssignmentIntervalMs = broker.consumerGroupMinAssignmentIntervalMs
        consumerMaxAssignmentIntervalMs = broker.consumerGroupMaxAssignmentIntervalMs
        consumerRegexRefreshIntervalMs = broker.consumerGroupRegexRefreshIntervalMs

        offsetMetadataMaxBytes = Int(broker.offsetMetadataMaxBytes)
        offsetsRetentionMs = Int64(broker.offsetsRetentionMinutes) * 60_000
        offsetsRetentionCheckIntervalMs = broker.offsetsRetentionCheckIntervalMs
    }
}
