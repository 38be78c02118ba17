// A topic's settings as plain values. The texts they come from are read elsewhere (Configuration).

import Records

/// What becomes of old data. Kafka: `cleanup.policy`; neither bit: data is kept for ever.
public struct CleanupPolicy: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let delete = CleanupPolicy(rawValue: 1)
    public static let compact = CleanupPolicy(rawValue: 2)
}

/// `compression.type`: what the broker makes of a producer's batches.
public enum TopicCompression: Hashable, Sendable {
    /// Left as they came.
    case producer
    /// Every batch gets this codec (`.none`: `uncompressed`).
    case codec(CompressionCodec)
}

/// The settings of one topic's logs, with Kafka 4.3's defaults. Kafka: `LogConfig`, `TopicConfig`.
public struct LogConfig: Hashable, Sendable {
    /// `segment.bytes`
    public var segmentSizeBytes = 1 << 30
    /// `segment.ms`
    public var segmentMs: Int64 = 604_800_000
    /// `segment.jitter.ms`
    public var segmentJitterMs: Int64 = 0
    /// `segment.index.bytes`
    public var segmentIndexSizeBytes = 10 << 20
    /// `index.interval.bytes`
    public var indexIntervalBytes = 4096
    /// `max.message.bytes`
    public var maxMessageSizeBytes = 1_048_588
    /// `message.timestamp.type`
    public var messageTimestampType = TimestampType.createTime
    /// `message.timestamp.before.max.ms`
    public var messageTimestampBeforeMaxMs = Int64.max
    /// `message.timestamp.after.max.ms`
    public var messageTimestampAfterMaxMs: Int64 = 3_600_000
    /// `compression.type`
    public var compression = TopicCompression.producer
    /// `compression.gzip.level`
    public var gzipLevel = -1
    /// `compression.lz4.level`
    public var lz4Level = 9
    /// `compression.zstd.level`
    public var zstdLevel = 3
    /// `flush.messages`: sync after so many records.
    public var flushMessages = Int64.max
    /// `flush.ms`: sync at the latest after so long.
    public var flushMs = Int64.max
    /// `cleanup.policy`
    public var cleanupPolicy = CleanupPolicy.delete
    /// `retention.bytes`, of a partition; -1: no limit.
    public var retentionBytes: Int64 = -1
    /// `retention.ms`; -1: no limit.
    public var retentionMs: Int64 = 604_800_000
    /// `local.retention.bytes`; -2: as `retention.bytes`.
    public var localRetentionBytes: Int64 = -2
    /// `local.retention.ms`; -2: as `retention.ms`.
    public var localRetentionMs: Int64 = -2
    /// `file.delete.delay.ms`
    public var fileDeleteDelayMs: Int64 = 60_000
    /// `delete.retention.ms`
    public var deleteRetentionMs: Int64 = 86_400_000
    /// `min.compaction.lag.ms`
    public var minCompactionLagMs: Int64 = 0
    /// `max.compaction.lag.ms`
    public var maxCompactionLagMs = Int64.max
    /// `min.cleanable.dirty.ratio`
    public var minCleanableDirtyRatio = 0.5
    /// `min.insync.replicas`
    public var minInSyncReplicas = 1
    /// `unclean.leader.election.enable`
    public var uncleanLeaderElectionEnable = false
    /// `remote.storage.enable`
    public var remoteStorageEnable = false

    public init() {}
}

/// One `LogConfig` that all logs of a topic (or of all topics without settings of their own) point to.
public final class SharedLogConfig: Sendable {
    public let values: LogConfig

    public init(_ values: LogConfig = LogConfig()) { self.values = values }

    /// Kafka's defaults.
    public static let standard = SharedLogConfig()
}
