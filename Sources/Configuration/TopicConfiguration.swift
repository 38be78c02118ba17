// A topic's configuration as the log uses it: the topic's own settings over the broker's.

/// Who compresses a topic's batches (`compression.type`).
public enum TopicCompression: Sendable, Hashable {
    /// Batches stay as the producer sent them.
    case producer
    case uncompressed
    /// A level of 1 to 9, or -1 for zlib's own choice.
    case gzip(level: Int32)
    case snappy
    case lz4(level: Int32)
    case zstd(level: Int32)
}

/// Which time a record carries (`message.timestamp.type`).
public enum MessageTimestampType: Sendable, Hashable {
    case createTime
    case logAppendTime
}

/// The effective configuration of one topic. Times are in milliseconds, sizes in bytes; Kafka's names.
public struct TopicConfiguration: Sendable, Hashable {
    /// How the log is kept short; both, one or neither may hold.
    public var isDeleted = true
    public var isCompacted = false
    public var compression = TopicCompression.producer
    public var deleteRetentionMs: Int64 = 86_400_000
    public var fileDeleteDelayMs: Int64 = 60_000
    public var flushMessages = Int64.max
    public var flushMs = Int64.max
    public var indexIntervalBytes: Int32 = 4096
    public var maxCompactionLagMs = Int64.max
    public var maxMessageBytes: Int32 = 1_048_588
    public var messageTimestampAfterMaxMs: Int64 = 3_600_000
    public var messageTimestampBeforeMaxMs = Int64.max
    public var messageTimestampType = MessageTimestampType.createTime
    public var minCleanableDirtyRatio = 0.5
    public var minCompactionLagMs: Int64 = 0
    public var minInsyncReplicas: Int32 = 1
    /// -1 for no limit.
    public var retentionBytes: Int64 = -1
    /// -1 for no limit.
    public var retentionMs: Int64 = 604_800_000
    /// `internal.segment.bytes` where it is set, else `segment.bytes`.
    public var segmentBytes: Int32 = 1_073_741_824
    public var segmentIndexBytes: Int32 = 10_485_760
    public var segmentJitterMs: Int64 = 0
    public var segmentMs: Int64 = 604_800_000
    public var uncleanLeaderElectionEnable = false

    /// Kafka's defaults.
    public init() {}

    /// The topic's own settings over the broker's. A setting that no longer parses (a directory of another release) is
    /// passed over.
    public init(overrides: [String: String], broker: BrokerConfiguration) {
        let values = TopicConfigurationValues(overrides: overrides, broker: broker)
        self.init(values)
    }

    init(_ values: TopicConfigurationValues) {
        let policy = values.list("cleanup.policy").map { $0.lowercased() }
        isDeleted = policy.contains("delete")
        isCompacted = policy.contains("compact")
        compression = values.compression
        deleteRetentionMs = values.long("delete.retention.ms")
        fileDeleteDelayMs = values.long("file.delete.delay.ms")
        flushMessages = values.long("flush.messages")
        flushMs = values.long("flush.ms")
        indexIntervalBytes = values.int("index.interval.bytes")
        maxCompactionLagMs = values.long("max.compaction.lag.ms")
        maxMessageBytes = values.int("max.message.bytes")
        messageTimestampAfterMaxMs = values.long("message.timestamp.after.max.ms")
        messageTimestampBeforeMaxMs = values.long("message.timestamp.before.max.ms")
        messageTimestampType =
            values["message.timestamp.type"] == .string("LogAppendTime") ? .logAppendTime : .createTime
        minCleanableDirtyRatio = values.double("min.cleanable.dirty.ratio")
        minCompactionLagMs = values.long("min.compaction.lag.ms")
        minInsyncReplicas = values.int("min.insync.replicas")
        retentionBytes = values.long("retention.bytes")
        retentionMs = values.long("retention.ms")
        segmentBytes = values.int("segment.bytes")
        if case .int(let internalBytes) = values["internal.segment.bytes"] { segmentBytes = internalBytes }
        segmentIndexBytes = values.int("segment.index.bytes")
        segmentJitterMs = values.long("segment.jitter.ms")
        segmentMs = values.long("segment.ms")
        uncleanLeaderElectionEnable = values["unclean.leader.election.enable"] == .boolean(true)
    }
}
