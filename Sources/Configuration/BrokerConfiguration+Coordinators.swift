// The properties of the coordinators: groups and their offsets, transactions, producer ids.

extension BrokerConfiguration {
    // MARK: Groups

    public var groupRebalanceProtocols: [String] { list("group.coordinator.rebalance.protocols") }
    public var groupMinSessionTimeoutMs: Int32 { int("group.min.session.timeout.ms") }
    public var groupMaxSessionTimeoutMs: Int32 { int("group.max.session.timeout.ms") }
    public var groupInitialRebalanceDelayMs: Int32 { int("group.initial.rebalance.delay.ms") }
    public var groupMaxSize: Int32 { int("group.max.size") }
    public var groupCoordinatorAppendLingerMs: Int32 { int("group.coordinator.append.linger.ms") }

    public var consumerGroupSessionTimeoutMs: Int32 { int("group.consumer.session.timeout.ms") }
    public var consumerGroupMinSessionTimeoutMs: Int32 { int("group.consumer.min.session.timeout.ms") }
    public var consumerGroupMaxSessionTimeoutMs: Int32 { int("group.consumer.max.session.timeout.ms") }
    public var consumerGroupHeartbeatIntervalMs: Int32 { int("group.consumer.heartbeat.interval.ms") }
    public var consumerGroupMinHeartbeatIntervalMs: Int32 { int("group.consumer.min.heartbeat.interval.ms") }
    public var consumerGroupMaxHeartbeatIntervalMs: Int32 { int("group.consumer.max.heartbeat.interval.ms") }
    public var consumerGroupAssignmentIntervalMs: Int32 { int("group.consumer.assignment.interval.ms") }
    public var consumerGroupMinAssignmentIntervalMs: Int32 { int("group.consumer.min.assignment.interval.ms") }
    public var consumerGroupMaxAssignmentIntervalMs: Int32 { int("group.consumer.max.assignment.interval.ms") }
    public var consumerGroupMaxSize: Int32 { int("group.consumer.max.size") }
    /// The names of the server's assignors, the default one first.
    public var consumerGroupAssignors: [String] { list("group.consumer.assignors") }
    /// `bidirectional`, `upgrade`, `downgrade` or `disabled`, in lower case.
    public var consumerGroupMigrationPolicy: String {
        (text("group.consumer.migration.policy") ?? "bidirectional").lowercased()
    }
    public var consumerGroupRegexRefreshIntervalMs: Int32 { int("group.consumer.regex.refresh.interval.ms") }

    // MARK: Offsets

    public var offsetMetadataMaxBytes: Int32 { int("offset.metadata.max.bytes") }
    public var offsetsCommitTimeoutMs: Int32 { int("offsets.commit.timeout.ms") }
    public var offsetsLoadBufferSize: Int32 { int("offsets.load.buffer.size") }
    public var offsetsRetentionMinutes: Int32 { int("offsets.retention.minutes") }
    public var offsetsRetentionCheckIntervalMs: Int64 { long("offsets.retention.check.interval.ms") }
    public var offsetsTopicNumPartitions: Int32 { int("offsets.topic.num.partitions") }
    public var offsetsTopicReplicationFactor: Int16 { short("offsets.topic.replication.factor") }
    public var offsetsTopicSegmentBytes: Int32 { int("offsets.topic.segment.bytes") }
    /// A compression type's number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    public var offsetsTopicCompressionCodec: Int32 { int("offsets.topic.compression.codec") }

    // MARK: Transactions and producers

    public var transactionMaxTimeoutMs: Int32 { int("transaction.max.timeout.ms") }
    public var transactionalIdExpirationMs: Int32 { int("transactional.id.expiration.ms") }
    public var transactionAbortTimedOutCleanupIntervalMs: Int32 {
        int("transaction.abort.timed.out.transaction.cleanup.interval.ms")
    }
    public var transactionRemoveExpiredCleanupIntervalMs: Int32 {
        int("transaction.remove.expired.transaction.cleanup.interval.ms")
    }
    public var transactionStateLogNumPartitions: Int32 { int("transaction.state.log.num.partitions") }
    public var transactionStateLogReplicationFactor: Int16 { short("transaction.state.log.replication.factor") }
    public var transactionStateLogMinIsr: Int32 { int("transaction.state.log.min.isr") }
    public var transactionStateLogSegmentBytes: Int32 { int("transaction.state.log.segment.bytes") }
    public var transactionPartitionVerificationEnable: Bool { boolean("transaction.partition.verification.enable") }
    public var producerIdExpirationMs: Int32 { int("producer.id.expiration.ms") }
    public var producerIdExpirationCheckIntervalMs: Int32 { int("producer.id.expiration.check.interval.ms") }
}
