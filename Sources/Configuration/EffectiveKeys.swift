// The keys that do something. A key that is not here is accepted, and a start that sets it says that it has no effect.

/// The broker keys that have an effect today.
public enum EffectiveKeys {
    public static func contains(_ name: String) -> Bool { names.contains(name) }

    /// Those that have an effect when they are set for one listener.
    static let ofListeners: Set<String> = ["max.connections"]

    public static let names: Set<String> = [
        "advertised.listeners", "auto.create.topics.enable", "broker.id", "broker.rack", "compression.gzip.level",
        "compression.lz4.level", "compression.type", "compression.zstd.level", "connections.max.idle.ms",
        "controller.listener.names", "default.replication.factor", "delete.topic.enable", "fetch.max.bytes",
        "group.consumer.assignment.interval.ms", "group.consumer.assignors", "group.consumer.heartbeat.interval.ms",
        "group.consumer.max.assignment.interval.ms", "group.consumer.max.heartbeat.interval.ms",
        "group.consumer.max.session.timeout.ms", "group.consumer.max.size", "group.consumer.migration.policy",
        "group.consumer.min.assignment.interval.ms", "group.consumer.min.heartbeat.interval.ms",
        "group.consumer.min.session.timeout.ms", "group.consumer.regex.refresh.interval.ms",
        "group.consumer.session.timeout.ms", "group.coordinator.rebalance.protocols",
        "group.initial.rebalance.delay.ms", "group.max.session.timeout.ms", "group.max.size",
        "group.min.session.timeout.ms", "listener.security.protocol.map", "listeners", "log.cleaner.backoff.ms",
        "log.cleaner.dedupe.buffer.size", "log.cleaner.delete.retention.ms", "log.cleaner.enable",
        "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size", "log.cleaner.io.max.bytes.per.second",
        "log.cleaner.max.compaction.lag.ms", "log.cleaner.min.cleanable.ratio", "log.cleaner.min.compaction.lag.ms",
        "log.cleaner.threads", "log.cleanup.policy", "log.dir", "log.dirs", "log.flush.interval.messages",
        "log.flush.interval.ms", "log.flush.offset.checkpoint.interval.ms", "log.flush.scheduler.interval.ms",
        "log.flush.start.offset.checkpoint.interval.ms", "log.index.interval.bytes", "log.index.size.max.bytes",
        "log.initial.task.delay.ms", "log.message.timestamp.after.max.ms", "log.message.timestamp.before.max.ms",
        "log.message.timestamp.type", "log.retention.bytes", "log.retention.check.interval.ms",
        "log.retention.hours", "log.retention.minutes", "log.retention.ms", "log.roll.hours", "log.roll.jitter.hours",
        "log.roll.jitter.ms", "log.roll.ms", "log.segment.bytes", "log.segment.delete.delay.ms", "max.connections",
        "max.connections.per.ip", "max.connections.per.ip.overrides", "max.incremental.fetch.session.cache.slots",
        "max.request.partition.size.limit", "message.max.bytes", "metadata.log.dir",
        "metadata.log.max.record.bytes.between.snapshots", "metadata.log.max.snapshot.interval.ms",
        "metadata.log.segment.bytes", "metadata.log.segment.ms", "metadata.max.retention.bytes",
        "metadata.max.retention.ms", "min.insync.replicas", "node.id", "num.network.threads", "num.partitions",
        "num.recovery.threads.per.data.dir", "offset.metadata.max.bytes", "offsets.load.buffer.size",
        "offsets.retention.check.interval.ms", "offsets.retention.minutes", "offsets.topic.compression.codec",
        "offsets.topic.num.partitions", "offsets.topic.replication.factor", "offsets.topic.segment.bytes",
        "process.roles", "producer.id.expiration.check.interval.ms", "producer.id.expiration.ms",
        "replica.high.watermark.checkpoint.interval.ms", "socket.listen.backlog.size", "socket.receive.buffer.bytes",
        "socket.request.max.bytes", "socket.send.buffer.bytes", "transaction.state.log.min.isr",
        "transaction.state.log.num.partitions", "transaction.state.log.replication.factor",
        "transaction.state.log.segment.bytes",
    ]
}
