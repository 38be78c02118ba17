// The properties of logs: directories, durability, retention, cleaning, replication.

extension BrokerConfiguration {
    /// `log.dirs`, else `log.dir`.
    public var logDirs: [String] {
        let several = list("log.dirs")
        return several.isEmpty ? list("log.dir") : several
    }
    /// Where `__cluster_metadata` lives: `metadata.log.dir`, else the first log directory.
    public var metadataLogDir: String { text("metadata.log.dir") ?? logDirs[0] }

    public var logSegmentBytes: Int32 { int("log.segment.bytes") }
    public var numRecoveryThreadsPerDataDir: Int32 { int("num.recovery.threads.per.data.dir") }
    /// How often the flusher looks for logs to sync; `Int64.max` for never.
    public var logFlushSchedulerIntervalMs: Int64 { long("log.flush.scheduler.interval.ms") }
    public var logFlushIntervalMessages: Int64 { long("log.flush.interval.messages") }
    public var logFlushOffsetCheckpointIntervalMs: Int32 { int("log.flush.offset.checkpoint.interval.ms") }
    public var logFlushStartOffsetCheckpointIntervalMs: Int32 {
        int("log.flush.start.offset.checkpoint.interval.ms")
    }
    public var logRetentionCheckIntervalMs: Int64 { long("log.retention.check.interval.ms") }
    public var logInitialTaskDelayMs: Int64 { long("log.initial.task.delay.ms") }
    public var logDirFailureTimeoutMs: Int64 { long("log.dir.failure.timeout.ms") }

    /// `log.retention.ms`, else minutes, else hours; any negative value is -1: for ever.
    public var logRetentionMs: Int64 {
        let value = firstSynonym(of: "retention.ms")
        return value < 0 ? -1 : value
    }
    /// `log.roll.ms`, else hours.
    public var logRollMs: Int64 { firstSynonym(of: "segment.ms") }
    public var logRollJitterMs: Int64 { firstSynonym(of: "segment.jitter.ms") }
    /// `log.flush.interval.ms`, else the scheduler's interval.
    public var logFlushIntervalMs: Int64 { firstSynonym(of: "flush.ms") }

    public var logCleanerEnable: Bool { boolean("log.cleaner.enable") }
    public var logCleanerThreads: Int32 { int("log.cleaner.threads") }
    public var logCleanerDedupeBufferSize: Int64 { long("log.cleaner.dedupe.buffer.size") }
    public var logCleanerIoBufferLoadFactor: Double { double("log.cleaner.io.buffer.load.factor") }
    public var logCleanerIoBufferSize: Int32 { int("log.cleaner.io.buffer.size") }
    public var logCleanerIoMaxBytesPerSecond: Double { double("log.cleaner.io.max.bytes.per.second") }
    public var logCleanerBackoffMs: Int64 { long("log.cleaner.backoff.ms") }
    public var logSegmentDeleteDelayMs: Int64 { long("log.segment.delete.delay.ms") }

    public var replicaLagTimeMaxMs: Int64 { long("replica.lag.time.max.ms") }
    public var replicaFetchMaxBytes: Int32 { int("replica.fetch.max.bytes") }
    public var replicaFetchWaitMaxMs: Int32 { int("replica.fetch.wait.max.ms") }
    public var replicaFetchMinBytes: Int32 { int("replica.fetch.min.bytes") }
    public var replicaFetchResponseMaxBytes: Int32 { int("replica.fetch.response.max.bytes") }
    public var replicaHighWatermarkCheckpointIntervalMs: Int64 {
        long("replica.high.watermark.checkpoint.interval.ms")
    }
    public var minInsyncReplicas: Int32 { int("min.insync.replicas") }

    public var metadataLogSegmentBytes: Int32 { int("metadata.log.segment.bytes") }
    public var metadataLogSegmentMs: Int64 { long("metadata.log.segment.ms") }
    public var metadataMaxRetentionBytes: Int64 { long("metadata.max.retention.bytes") }
    public var metadataMaxRetentionMs: Int64 { long("metadata.max.retention.ms") }
    public var metadataLogMaxRecordBytesBetweenSnapshots: Int64 {
        long("metadata.log.max.record.bytes.between.snapshots")
    }
    public var metadataLogMaxSnapshotIntervalMs: Int64 { long("metadata.log.max.snapshot.interval.ms") }

    /// The strongest of the broker keys behind a topic key that has a value, in the topic key's unit.
    func firstSynonym(of topicKey: String) -> Int64 {
        for key in ConfigSynonyms.server(of: topicKey) {
            switch value(of: key.name) {
            case .int(let number): return Int64(number).multipliedReportingOverflow(by: key.factor).partialValue
            case .long(let number): return number
            default: continue
            }
        }
        preconditionFailure("no broker key gives \(topicKey) a value")
    }
}
