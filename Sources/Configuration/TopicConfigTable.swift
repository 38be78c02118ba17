// The topic keys of Apache Kafka 4.3.1 (LogConfig), in the order in which Kafka defines them.

extension ConfigTable {
    /// The keys that a topic may set.
    public static let topic = ConfigTable(
        [
            .init("segment.bytes", .int, "1073741824", .atLeast(1_048_576), .medium),
            .init("segment.ms", .long, "604800000", .atLeast(1), .medium),
            .init("segment.jitter.ms", .long, "0", .atLeast(0), .medium),
            .init("segment.index.bytes", .int, "10485760", .atLeast(4), .medium),
            .init("flush.messages", .long, "9223372036854775807", .atLeast(1), .medium),
            .init("flush.ms", .long, "9223372036854775807", .atLeast(0), .medium),
            .init("retention.bytes", .long, "-1", .none, .medium),
            .init("retention.ms", .long, "604800000", .atLeast(-1), .medium),
            .init("max.message.bytes", .int, "1048588", .atLeast(0), .medium),
            .init("index.interval.bytes", .int, "4096", .atLeast(0), .medium),
            .init("delete.retention.ms", .long, "86400000", .atLeast(0), .medium),
            .init("min.compaction.lag.ms", .long, "0", .atLeast(0), .medium),
            .init("max.compaction.lag.ms", .long, "9223372036854775807", .atLeast(1), .medium),
            .init("file.delete.delay.ms", .long, "60000", .atLeast(0), .medium),
            .init("min.cleanable.dirty.ratio", .double, "0.5", .between(0, 1), .medium),
            .init("cleanup.policy", .list, "delete", .listOf(["compact", "delete"], mayBeEmpty: true), .medium),
            .init("unclean.leader.election.enable", .boolean, "false", .none, .medium),
            .init("min.insync.replicas", .int, "1", .atLeast(1), .medium),
            .init(
                "compression.type", .string, "producer",
                .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), .medium),
            .init("compression.gzip.level", .int, "-1", .gzipLevel, .medium),
            .init("compression.lz4.level", .int, "9", .between(1, 17), .medium),
            .init("compression.zstd.level", .int, "3", .between(-131_072, 22), .medium),
            .init("preallocate", .boolean, "false", .none, .medium),
            .init("message.timestamp.type", .string, "CreateTime", .oneOf(["CreateTime", "LogAppendTime"]), .medium),
            .init("message.timestamp.before.max.ms", .long, "9223372036854775807", .atLeast(0), .medium),
            .init("message.timestamp.after.max.ms", .long, "3600000", .atLeast(0), .medium),
            .init("leader.replication.throttled.replicas", .list, "", .throttledReplicas, .medium),
            .init("follower.replication.throttled.replicas", .list, "", .throttledReplicas, .medium),
            .init("remote.storage.enable", .boolean, "false", .none, .medium),
            .init("local.retention.ms", .long, "-2", .atLeast(-2), .medium),
            .init("local.retention.bytes", .long, "-2", .atLeast(-2), .medium),
            .init("remote.log.copy.disable", .boolean, "false", .none, .medium),
            .init("remote.log.delete.on.disable", .boolean, "false", .none, .medium),
            .init("internal.segment.bytes", .int, nil, .none, .medium, isInternal: true),
        ])
}
