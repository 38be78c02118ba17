// The keys that do something. A key that is not here is accepted, and a start that sets it says that it has no effect.

/// The broker keys that have an effect today.
public enum EffectiveKeys {
    public static func contains(_ name: String) -> Bool { names.contains(name) }

    public static let names: Set<String> = [
        "advertised.listeners", "auto.create.topics.enable", "broker.id", "compression.gzip.level",
        "compression.lz4.level", "compression.type", "compression.zstd.level", "connections.max.idle.ms",
        "controller.listener.names", "default.replication.factor", "delete.topic.enable", "fetch.max.bytes",
        "listener.security.protocol.map", "listeners", "log.cleanup.policy", "log.dir", "log.dirs",
        "log.flush.interval.messages", "log.flush.interval.ms", "log.flush.scheduler.interval.ms",
        "log.index.interval.bytes", "log.index.size.max.bytes", "log.message.timestamp.after.max.ms",
        "log.message.timestamp.before.max.ms", "log.message.timestamp.type", "log.preallocate", "log.roll.hours",
        "log.roll.jitter.hours", "log.roll.jitter.ms", "log.roll.ms", "log.segment.bytes",
        "max.connections", "max.connections.per.ip", "max.connections.per.ip.overrides", "message.max.bytes",
        "max.incremental.fetch.session.cache.slots", "min.insync.replicas", "node.id", "num.partitions",
        "process.roles", "producer.id.expiration.ms", "socket.listen.backlog.size", "socket.receive.buffer.bytes",
        "socket.request.max.bytes", "socket.send.buffer.bytes",
    ]
}
