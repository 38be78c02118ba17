// The broker keys of Apache Kafka 4.3.1: logs, the quorum, metrics and quotas. The order is that of Kafka's
// definitions.

extension ConfigTable {
    /// Logs, their cleaner, retention and flushing.
    static let logs: [ConfigDefinition] = [
        .init("log.cleaner.threads", .int, "1", .atLeast(0), .medium, .clusterWide),
        .init("log.cleaner.io.max.bytes.per.second", .double, "1.7976931348623157E308", .none, .medium, .clusterWide),
        .init("log.cleaner.dedupe.buffer.size", .long, "134217728", .none, .medium, .clusterWide),
        .init("log.cleaner.io.buffer.size", .int, "524288", .atLeast(0), .medium, .clusterWide),
        .init("log.cleaner.io.buffer.load.factor", .double, "0.9", .none, .medium, .clusterWide),
        .init("log.cleaner.backoff.ms", .long, "15000", .atLeast(0), .medium, .clusterWide),
        .init("log.cleaner.min.cleanable.ratio", .double, "0.5", .between(0, 1), .medium, .clusterWide),
        .init("log.cleaner.enable", .boolean, "true", .none, .medium),
        .init("log.cleaner.delete.retention.ms", .long, "86400000", .atLeast(0), .medium, .clusterWide),
        .init("log.cleaner.min.compaction.lag.ms", .long, "0", .atLeast(0), .medium, .clusterWide),
        .init("log.cleaner.max.compaction.lag.ms", .long, "9223372036854775807", .atLeast(1), .medium, .clusterWide),
        .init("num.partitions", .int, "1", .atLeast(1), .medium),
        .init("log.dir", .list, "/tmp/kafka-logs", .distinct(mayBeEmpty: false, mayBeNull: false), .high),
        .init("log.dirs", .list, nil, .distinct(mayBeEmpty: false, mayBeNull: true), .high),
        .init("cordoned.log.dirs", .list, "", .distinct(mayBeEmpty: true, mayBeNull: true), .medium, .perBroker),
        .init("log.segment.bytes", .int, "1073741824", .atLeast(1_048_576), .high, .clusterWide),
        .init("log.roll.ms", .long, nil, .none, .high, .clusterWide),
        .init("log.roll.hours", .int, "168", .atLeast(1), .high),
        .init("log.roll.jitter.ms", .long, nil, .none, .high, .clusterWide),
        .init("log.roll.jitter.hours", .int, "0", .atLeast(0), .high),
        .init("log.retention.ms", .long, nil, .none, .high, .clusterWide),
        .init("log.retention.minutes", .int, nil, .none, .high),
        .init("log.retention.hours", .int, "168", .none, .high),
        .init("log.retention.bytes", .long, "-1", .none, .high, .clusterWide),
        .init("log.retention.check.interval.ms", .long, "300000", .atLeast(1), .medium),
        .init(
            "log.cleanup.policy", .list, "delete", .listOf(["compact", "delete"], mayBeEmpty: true), .medium,
            .clusterWide),
        .init("log.index.size.max.bytes", .int, "10485760", .atLeast(4), .medium, .clusterWide),
        .init("log.index.interval.bytes", .int, "4096", .atLeast(0), .medium, .clusterWide),
        .init("log.flush.interval.messages", .long, "9223372036854775807", .atLeast(1), .high, .clusterWide),
        .init("log.segment.delete.delay.ms", .long, "60000", .atLeast(0), .high, .clusterWide),
        .init("log.flush.scheduler.interval.ms", .long, "9223372036854775807", .none, .high),
        .init("log.flush.interval.ms", .long, nil, .none, .high, .clusterWide),
        .init("log.flush.offset.checkpoint.interval.ms", .int, "60000", .atLeast(0), .high),
        .init("log.flush.start.offset.checkpoint.interval.ms", .int, "60000", .atLeast(0), .high),
        .init("log.preallocate", .boolean, "false", .none, .medium, .clusterWide),
        .init("num.recovery.threads.per.data.dir", .int, "2", .atLeast(1), .high, .clusterWide),
        .init("auto.create.topics.enable", .boolean, "true", .none, .high),
        .init("min.insync.replicas", .int, "1", .atLeast(1), .high, .clusterWide),
        .init(
            "log.message.timestamp.type", .string, "CreateTime", .oneOf(["CreateTime", "LogAppendTime"]), .medium,
            .clusterWide),
        .init("log.message.timestamp.before.max.ms", .long, "9223372036854775807", .atLeast(0), .medium, .clusterWide),
        .init("log.message.timestamp.after.max.ms", .long, "3600000", .atLeast(0), .medium, .clusterWide),
        .init("create.topic.policy.class.name", .class, nil, .none, .low),
        .init("alter.config.policy.class.name", .class, nil, .none, .low),
        .init("log.dir.failure.timeout.ms", .long, "30000", .atLeast(1), .low),
        .init("log.initial.task.delay.ms", .long, "30000", .atLeast(0), .low, isInternal: true),
    ]

    /// The quorum of controllers.
    static let quorum: [ConfigDefinition] = [
        .init("controller.quorum.voters", .list, "", .quorumVoters, .high),
        .init("controller.quorum.bootstrap.servers", .list, "", .hostsAndPorts, .high),
        .init("controller.quorum.election.timeout.ms", .int, "1000", .atLeast(0), .high),
        .init("controller.quorum.fetch.timeout.ms", .int, "2000", .atLeast(0), .high),
        .init("controller.quorum.election.backoff.max.ms", .int, "1000", .atLeast(0), .high),
        .init("controller.quorum.append.linger.ms", .int, "25", .atLeast(0), .medium),
        .init("controller.quorum.request.timeout.ms", .int, "2000", .atLeast(0), .medium),
        .init("controller.quorum.retry.backoff.ms", .int, "20", .atLeast(0), .low),
        .init("controller.quorum.auto.join.enable", .boolean, "false", .none, .low),
        .init("controller.quorum.fetch.snapshot.max.bytes", .int, "1048576", .atLeast(1), .low),
        .init("controller.quorum.fetch.max.bytes", .int, "1048576", .atLeast(1), .low),
    ]

    /// Metrics and quotas.
    static let metricsAndQuotas: [ConfigDefinition] = [
        .init("metrics.num.samples", .int, "2", .atLeast(1), .low),
        .init("metrics.sample.window.ms", .long, "30000", .atLeast(1), .low),
        .init(
            "metric.reporters", .list, "org.apache.kafka.common.metrics.JmxReporter",
            .distinct(mayBeEmpty: true, mayBeNull: false), .low, .clusterWide),
        .init("metrics.recording.level", .string, "INFO", .none, .low),
        .init("kafka.metrics.reporters", .list, "", .distinct(mayBeEmpty: true, mayBeNull: false), .low),
        .init("kafka.metrics.polling.interval.secs", .int, "10", .atLeast(1), .low),
        .init("telemetry.max.bytes", .int, "1048576", .atLeast(1), .low),
        .init("quota.window.num", .int, "11", .atLeast(1), .low),
        .init("replication.quota.window.num", .int, "11", .atLeast(1), .low),
        .init("alter.log.dirs.replication.quota.window.num", .int, "11", .atLeast(1), .low),
        .init("controller.quota.window.num", .int, "11", .atLeast(1), .low),
        .init("quota.window.size.seconds", .int, "1", .atLeast(1), .low),
        .init("replication.quota.window.size.seconds", .int, "1", .atLeast(1), .low),
        .init("alter.log.dirs.replication.quota.window.size.seconds", .int, "1", .atLeast(1), .low),
        .init("controller.quota.window.size.seconds", .int, "1", .atLeast(1), .low),
        .init("client.quota.callback.class", .class, nil, .none, .low),
    ]
}
