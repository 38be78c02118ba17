// Which keys stand for the same thing: a topic's key and the broker's, hours and minutes and milliseconds.

/// The names under which one value can be set.
public enum ConfigSynonyms {
    /// A broker key that gives a topic key its default.
    struct ServerKey {
        let name: String
        /// What one of the broker key's units is in the topic key's.
        var factor: Int64 = 1
    }

    /// A broker's key and the keys that may stand in for it, the strongest first (`DynamicBrokerConfig`).
    static func broker(of name: String) -> [String] {
        switch name {
        case "log.roll.ms", "log.roll.hours": ["log.roll.ms", "log.roll.hours"]
        case "log.roll.jitter.ms", "log.roll.jitter.hours": ["log.roll.jitter.ms", "log.roll.jitter.hours"]
        case "log.flush.interval.ms": ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"]
        case "log.retention.ms", "log.retention.minutes", "log.retention.hours":
            ["log.retention.ms", "log.retention.minutes", "log.retention.hours"]
        default:
            ConfigTable.listenerBaseName(of: name).map { [name, $0] } ?? [name]
        }
    }

    private static let hourMs: Int64 = 3_600_000
    private static let minuteMs: Int64 = 60_000

    /// The broker keys that a topic's key falls back to, the strongest first (`ServerTopicConfigSynonyms`).
    static func server(of topicKey: String) -> [ServerKey] {
        switch topicKey {
        case "segment.ms": [.init(name: "log.roll.ms"), .init(name: "log.roll.hours", factor: hourMs)]
        case "segment.jitter.ms":
            [.init(name: "log.roll.jitter.ms"), .init(name: "log.roll.jitter.hours", factor: hourMs)]
        case "retention.ms":
            [
                .init(name: "log.retention.ms"), .init(name: "log.retention.minutes", factor: minuteMs),
                .init(name: "log.retention.hours", factor: hourMs),
            ]
        case "flush.ms": [.init(name: "log.flush.interval.ms"), .init(name: "log.flush.scheduler.interval.ms")]
        case "segment.index.bytes": [.init(name: "log.index.size.max.bytes")]
        case "flush.messages": [.init(name: "log.flush.interval.messages")]
        case "max.message.bytes": [.init(name: "message.max.bytes")]
        case "file.delete.delay.ms": [.init(name: "log.segment.delete.delay.ms")]
        case "min.cleanable.dirty.ratio": [.init(name: "log.cleaner.min.cleanable.ratio")]
        case "delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms":
            [.init(name: "log.cleaner." + topicKey)]
        case "unclean.leader.election.enable", "min.insync.replicas", "compression.type", "compression.gzip.level",
            "compression.lz4.level", "compression.zstd.level":
            [.init(name: topicKey)]
        case "segment.bytes", "retention.bytes", "index.interval.bytes", "cleanup.policy", "preallocate",
            "message.timestamp.type", "message.timestamp.before.max.ms", "message.timestamp.after.max.ms",
            "local.retention.ms", "local.retention.bytes":
            [.init(name: "log." + topicKey)]
        default: []
        }
    }
}
