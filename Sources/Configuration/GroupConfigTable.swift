// The group keys of Apache Kafka 4.3.1 (GroupConfig), in the order in which Kafka defines them.

extension ConfigTable {
    /// The keys that a group may set (KIP-848, KIP-932, KIP-1071).
    public static let group = ConfigTable(
        [
            .init("consumer.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
            .init("consumer.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
            .init("consumer.assignment.interval.ms", .int, "1000", .atLeast(0), .medium),
            .init("share.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
            .init("share.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
            .init("share.record.lock.duration.ms", .int, "30000", .atLeast(1_000), .medium),
            .init("share.delivery.count.limit", .int, "5", .atLeast(2), .medium),
            .init("share.partition.max.record.locks", .int, "2000", .atLeast(100), .medium),
            .init("share.auto.offset.reset", .string, "latest", .shareOffsetReset, .medium),
            .init(
                "share.isolation.level", .string, "read_uncommitted", .oneOf(["read_committed", "read_uncommitted"]),
                .medium),
            .init("share.renew.acknowledge.enable", .boolean, "true", .none, .medium),
            .init("share.assignment.interval.ms", .int, "1000", .atLeast(0), .medium),
            .init("streams.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
            .init("streams.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
            .init("streams.num.standby.replicas", .int, "0", .atLeast(0), .medium),
            .init("streams.initial.rebalance.delay.ms", .int, "3000", .atLeast(0), .medium),
            .init("streams.assignment.interval.ms", .int, "1000", .atLeast(0), .medium),
        ])
}
