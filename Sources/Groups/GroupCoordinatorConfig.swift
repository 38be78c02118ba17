// The settings of the group coordinator: Kafka's `group.*` and `offset*` broker keys that groups look at.

/// Which conversions between the protocols a group may go through online (KIP-848).
public enum ConsumerGroupMigrationPolicy: String, Sendable {
    case disabled, downgrade, upgrade, bidirectional

    public var upgradeIsEnabled: Bool { self == .upgrade || self == .bidirectional }
    public var downgradeIsEnabled: Bool { self == .downgrade || self == .bidirectional }
}

/// The values in force. The defaults are Martlet's: Kafka's, but for `initialRebalanceDelayMs`.
public struct GroupCoordinatorConfig: Sendable {
    // Classic groups
    /// `group.min.session.timeout.ms`
    public var classicMinSessionTimeoutMs: Int32 = 6_000
    /// `group.max.session.timeout.ms`
    public var classicMaxSessionTimeoutMs: Int32 = 1_800_000
    /// `group.initial.rebalance.delay.ms`
    public var classicInitialRebalanceDelayMs: Int32 = 0
    /// `group.max.size`
    public var classicMaxSize: Int = .max
    /// How long a member that has no session timeout of its own yet is remembered: a new one that is still joining.
    public var classicNewMemberJoinTimeoutMs: Int64 = 300_000

    // Consumer groups (KIP-848)
    /// Whether `group.coordinator.rebalance.protocols` has `consumer`.
    public var consumerProtocolIsEnabled = true
    /// `group.consumer.session.timeout.ms`
    public var consumerSessionTimeoutMs: Int32 = 45_000
    /// `group.consumer.min.session.timeout.ms`
    public var consumerMinSessionTimeoutMs: Int32 = 45_000
    /// `group.consumer.max.session.timeout.ms`
    public var consumerMaxSessionTimeoutMs: Int32 = 60_000
    /// `group.consumer.heartbeat.interval.ms`
    public var consumerHeartbeatIntervalMs: Int32 = 5_000
    /// `group.consumer.min.heartbeat.interval.ms`
    public var consumerMinHeartbeatIntervalMs: Int32 = 5_000
    /// `group.consumer.max.heartbeat.interval.ms`
    public var consumerMaxHeartbeatIntervalMs: Int32 = 15_000
    /// `group.consumer.max.size`
    public var consumerMaxSize: Int = .max
    /// `group.consumer.assignors`, the default one first
    public var consumerAssignors: [String] = ["uniform", "range"]
    /// `group.consumer.migration.policy`
    public var consumerMigrationPolicy: ConsumerGroupMigrationPolicy = .bidirectional
    /// `group.consumer.assignment.interval.ms`
    public var consumerAssignmentIntervalMs: Int32 = 1_000
    /// `group.consumer.min.assignment.interval.ms`
    public var consumerMinAssignmentIntervalMs: Int32 = 0
    /// `group.consumer.max.assignment.interval.ms`
    public var consumerMaxAssignmentIntervalMs: Int32 = 15_000
    /// `group.consumer.regex.refresh.interval.ms`
    public var consumerRegexRefreshIntervalMs: Int32 = 600_000

    // Offsets
    /// `offset.metadata.max.bytes`
    public var offsetMetadataMaxBytes: Int = 4_096
    /// `offsets.retention.minutes`, in milliseconds
    public var offsetsRetentionMs: Int64 = 7 * 24 * 60 * 60 * 1_000
    /// `offsets.retention.check.interval.ms`
    public var offsetsRetentionCheckIntervalMs: Int64 = 600_000

    public init() {}
}
