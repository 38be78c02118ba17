// The broker keys of Apache Kafka 4.3.1: groups, share groups, transactions. The order is that of Kafka's definitions.

extension ConfigTable {
    /// Groups and their offsets.
    static let groups: [ConfigDefinition] = [
        .init(
            "group.coordinator.rebalance.protocols", .list, "classic,consumer,streams",
            .listOf(["consumer", "classic", "share", "streams"], mayBeEmpty: false), .medium),
        .init("group.coordinator.threads", .int, "4", .atLeast(1), .high),
        .init("group.coordinator.background.threads", .int, "2", .atLeast(1), .high),
        .init("group.coordinator.append.linger.ms", .int, "-1", .atLeast(-1), .medium),
        .init("offsets.commit.timeout.ms", .int, "5000", .atLeast(1), .high),
        .init("offsets.load.buffer.size", .int, "5242880", .atLeast(1), .high),
        .init("offsets.topic.replication.factor", .short, "3", .atLeast(1), .high),
        .init("offsets.topic.num.partitions", .int, "50", .atLeast(1), .high),
        .init("offsets.topic.segment.bytes", .int, "104857600", .atLeast(1), .high),
        .init("offsets.topic.compression.codec", .int, "0", .none, .high),
        .init("group.coordinator.cached.buffer.max.bytes", .int, "1048588", .atLeast(524_288), .medium, .clusterWide),
        .init("offset.metadata.max.bytes", .int, "4096", .none, .high),
        .init("offsets.retention.minutes", .int, "10080", .atLeast(1), .high),
        .init("offsets.retention.check.interval.ms", .long, "600000", .atLeast(1), .high),
        .init("group.min.session.timeout.ms", .int, "6000", .none, .medium),
        .init("group.max.session.timeout.ms", .int, "1800000", .none, .medium),
        .init("group.initial.rebalance.delay.ms", .int, "3000", .none, .medium),
        .init("group.max.size", .int, "2147483647", .atLeast(1), .medium),
        .init("group.consumer.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.consumer.min.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.consumer.max.session.timeout.ms", .int, "60000", .atLeast(1), .medium),
        .init("group.consumer.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.consumer.min.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.consumer.max.heartbeat.interval.ms", .int, "15000", .atLeast(1), .medium),
        .init("group.consumer.max.size", .int, "2147483647", .atLeast(1), .medium),
        .init(
            "group.consumer.assignors", .list, "uniform,range", .distinct(mayBeEmpty: false, mayBeNull: false), .medium),
        .init(
            "group.consumer.migration.policy", .string, "bidirectional",
            .oneOfIgnoringCase(["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]), .medium),
        .init("group.consumer.assignment.interval.ms", .int, "1000", .atLeast(0), .medium, .clusterWide),
        .init("group.consumer.min.assignment.interval.ms", .int, "0", .atLeast(0), .medium),
        .init("group.consumer.max.assignment.interval.ms", .int, "15000", .atLeast(0), .medium),
        .init("group.consumer.regex.refresh.interval.ms", .int, "600000", .atLeast(10_000), .medium, isInternal: true),
        .init("group.share.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.share.min.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.share.max.session.timeout.ms", .int, "60000", .atLeast(1), .medium),
        .init("group.share.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.share.min.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.share.max.heartbeat.interval.ms", .int, "15000", .atLeast(1), .medium),
        .init("group.share.max.size", .int, "200", .between(1, 1_000), .medium),
        .init("group.share.assignors", .list, "simple", .distinct(mayBeEmpty: false, mayBeNull: false), .medium),
        .init("group.share.assignment.interval.ms", .int, "1000", .atLeast(0), .medium, .clusterWide),
        .init("group.share.min.assignment.interval.ms", .int, "0", .atLeast(0), .medium),
        .init("group.share.max.assignment.interval.ms", .int, "15000", .atLeast(0), .medium),
        .init("group.share.initialize.retry.interval.ms", .int, "30000", .atLeast(1), .low, isInternal: true),
        .init("group.streams.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.streams.min.session.timeout.ms", .int, "45000", .atLeast(1), .medium),
        .init("group.streams.max.session.timeout.ms", .int, "60000", .atLeast(1), .medium),
        .init("group.streams.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.streams.min.heartbeat.interval.ms", .int, "5000", .atLeast(1), .medium),
        .init("group.streams.max.heartbeat.interval.ms", .int, "15000", .atLeast(1), .medium),
        .init("group.streams.max.size", .int, "2147483647", .atLeast(1), .medium),
        .init("group.streams.num.standby.replicas", .int, "0", .atLeast(0), .medium),
        .init("group.streams.max.standby.replicas", .int, "2", .atLeast(0), .medium),
        .init("group.streams.initial.rebalance.delay.ms", .int, "3000", .atLeast(0), .medium),
        .init("group.streams.assignment.interval.ms", .int, "1000", .atLeast(0), .medium, .clusterWide),
        .init("group.streams.min.assignment.interval.ms", .int, "0", .atLeast(0), .medium),
        .init("group.streams.max.assignment.interval.ms", .int, "15000", .atLeast(0), .medium),
    ]

    /// Share groups and their state.
    static let shareGroups: [ConfigDefinition] = [
        .init("group.share.delivery.count.limit", .int, "5", .between(2, 10), .medium),
        .init("group.share.max.delivery.count.limit", .int, "10", .between(5, 25), .medium),
        .init("group.share.min.delivery.count.limit", .int, "2", .between(2, 5), .medium),
        .init("group.share.record.lock.duration.ms", .int, "30000", .between(1_000, 3_600_000), .medium),
        .init("group.share.min.record.lock.duration.ms", .int, "15000", .between(1_000, 30_000), .medium),
        .init("group.share.max.record.lock.duration.ms", .int, "60000", .between(30_000, 3_600_000), .medium),
        .init("group.share.partition.max.record.locks", .int, "2000", .between(100, 10_000), .medium),
        .init("group.share.max.partition.max.record.locks", .int, "4000", .between(2_000, 10_000), .medium),
        .init("group.share.min.partition.max.record.locks", .int, "100", .between(100, 2_000), .medium),
        .init("share.fetch.purgatory.purge.interval.requests", .int, "1000", .none, .medium),
        .init("group.share.max.share.sessions", .int, "2000", .atLeast(1), .medium),
        .init(
            "group.share.persister.class.name", .string,
            "org.apache.kafka.server.share.persister.DefaultStatePersister", .none, .medium, isInternal: true),
        .init("share.coordinator.state.topic.num.partitions", .int, "50", .atLeast(1), .high),
        .init("share.coordinator.state.topic.replication.factor", .short, "3", .atLeast(1), .high),
        .init("share.coordinator.state.topic.min.isr", .short, "2", .atLeast(1), .high),
        .init("share.coordinator.state.topic.segment.bytes", .int, "104857600", .atLeast(1), .high),
        .init("share.coordinator.threads", .int, "1", .atLeast(1), .medium),
        .init("share.coordinator.snapshot.update.records.per.snapshot", .int, "500", .between(0, 500), .medium),
        .init("share.coordinator.load.buffer.size", .int, "5242880", .atLeast(1), .high),
        .init("share.coordinator.state.topic.compression.codec", .int, "0", .none, .high),
        .init("share.coordinator.append.linger.ms", .int, "-1", .atLeast(-1), .medium),
        .init("share.coordinator.write.timeout.ms", .int, "5000", .atLeast(1), .high),
        .init("share.coordinator.state.topic.prune.interval.ms", .int, "300000", .atLeast(1), .low, isInternal: true),
        .init(
            "share.coordinator.cold.partition.snapshot.interval.ms", .int, "300000", .atLeast(1), .low, isInternal: true
        ),
        .init("share.coordinator.cached.buffer.max.bytes", .int, "1048588", .atLeast(524_288), .medium, .clusterWide),
    ]

    /// Transactions and producers.
    static let transactions: [ConfigDefinition] = [
        .init("transaction.state.log.min.isr", .int, "2", .atLeast(1), .high),
        .init("transaction.state.log.load.buffer.size", .int, "5242880", .atLeast(1), .high),
        .init("transaction.state.log.replication.factor", .short, "3", .atLeast(1), .high),
        .init("transaction.state.log.num.partitions", .int, "50", .atLeast(1), .high),
        .init("transaction.state.log.segment.bytes", .int, "104857600", .atLeast(1), .high),
        .init("transaction.partition.verification.enable", .boolean, "true", .none, .low, .clusterWide),
        .init("producer.id.expiration.ms", .int, "86400000", .atLeast(1), .low, .clusterWide),
        .init("producer.id.expiration.check.interval.ms", .int, "600000", .atLeast(1), .low, isInternal: true),
        .init("transactional.id.expiration.ms", .int, "604800000", .atLeast(1), .high),
        .init("transaction.max.timeout.ms", .int, "900000", .atLeast(1), .high),
        .init("transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, "10000", .atLeast(1), .low),
        .init("transaction.remove.expired.transaction.cleanup.interval.ms", .int, "3600000", .atLeast(1), .low),
        .init("transaction.two.phase.commit.enable", .boolean, "false", .none, .low),
    ]

    /// Retries of adding partitions to a transaction.
    static let addPartitions: [ConfigDefinition] = [
        .init("add.partitions.to.txn.retry.backoff.max.ms", .int, "100", .atLeast(0), .high),
        .init("add.partitions.to.txn.retry.backoff.ms", .int, "20", .atLeast(1), .high),
    ]
}
