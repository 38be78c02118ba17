// `__cluster_metadata-0`: appending, syncing, and where the log stands.

import Bytes
import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage

/// The settings of the metadata log. Kafka: `MetadataLogConfig`.
struct MetadataLogSettings: Sendable {
    var segmentSizeBytes: Int
    var segmentMs: Int64
    /// `metadata.log.max.record.bytes.between.snapshots`
    var maxBytesBetweenSnapshots: Int64
    /// `metadata.log.max.snapshot.interval.ms`; 0: never for the time alone.
    var maxSnapshotIntervalMs: Int64
    /// `metadata.max.retention.bytes`, of log and snapshots together; negative: no limit.
    var maxRetentionBytes: Int64
    /// `metadata.max.retention.ms`; negative: no limit.
    var maxRetentionMs: Int64

    init(_ configuration: BrokerConfiguration) {
        segmentSizeBytes = Int(configuration.metadataLogSegmentBytes)
        segmentMs = configuration.metadataLogSegmentMs
        maxBytesBetweenSnapshots = configuration.metadataLogMaxRecordBytesBetweenSnapshots
        maxSnapshotIntervalMs = configuration.metadataLogMaxSnapshotIntervalMs
        maxRetentionBytes = configuration.metadataMaxRetentionBytes
        maxRetentionMs = configuration.metadataMaxRetentionMs
    }

    var logConfig: SharedLogConfig {
        var config = LogConfig()
        config.segmentSizeBytes = segmentSizeBytes
        config.segmentMs = segmentMs
        config.retentionMs = -1
        return SharedLogConfig(config)
    }
}

/// The metadata log, written by the one node that leads it. Batches are collected by `append`, and written by `commit`.
/// Kafka: `KafkaMetadataLog`, and what `KafkaRaftClient` does to it.
///
/// Kafka also appends a NoOpRecord every 500 ms (`metadata.max.idle.interval.ms`), so that followers see the log
/// move. Here nobody follows, and an idle node does nothing.
struct MetadataLog {
    /// Batches are written together up to this size.
    private static let maxWriteBytes = 1 << 20

    let path: String
    let log: PartitionLog
    let environment: LogEnvironment
    let settings: MetadataLogSettings
    /// The epoch this node leads in.
    private(set) var epoch: Int32
    /// The offset that the next record gets.
    private(set) var nextOffset: Int64
    private var pending: [ByteSlice] = []
    /// What the quorum's version and voters are, for snapshots.
    var kraftVersion: Int16
    var voters: VotersRecord?
    /// The newest snapshot.
    var lastSnapshot: SnapshotId?
    /// The bytes of records since the newest snapshot.
    var bytesSinceSnapshot: Int64

    init(
        path: String, log: PartitionLog, environment: LogEnvironment, settings: MetadataLogSettings, epoch: Int32,
        replay: MetadataReplay, lastSnapshot: SnapshotId?
    ) {
        self.path = path
        self.log = log
        self.environment = environment
        self.settings = settings
        self.epoch = epoch
        kraftVersion = replay.kraftVersion
        voters = replay.voters
        bytesSinceSnapshot = replay.logBytes
        self.lastSnapshot = lastSnapshot
        nextOffset = log.logEndOffset
    }

    var fileSystem: any FileSystem { environment.fileSystem }
    var hasPending: Bool { !pending.isEmpty }

    private var stamp: BatchStamp { BatchStamp(epoch: epoch, timestampMs: environment.now()) }

    // MARK: Appending

    /// Begins the leadership: the first batch of an epoch. In an empty log the voters follow, which until then only
    /// the snapshot of `kafka-storage.sh format` knows. Kafka: `LeaderState.appendStartOfEpochControlRecords`.
    mutating func appendLeaderChange(nodeId: Int32) {
        var voter = LeaderChangeMessage.Voter()
        voter.voterId = nodeId
        var change = LeaderChangeMessage()
        change.leaderId = nodeId
        change.voters = [voter]
        change.grantingVoters = [voter]
        var records = [ControlRecord.leaderChange(change)]
        if nextOffset == 0, kraftVersion > 0, let voters {
            var version = KRaftVersionRecord()
            version.kRaftVersion = kraftVersion
            records += [.kraftVersion(version), .kraftVoters(voters)]
        }
        add(MetadataBatch.encode(records, baseOffset: nextOffset, stamp), recordCount: records.count)
    }

    /// Takes records for the next commit, and gives the batches' append time. Nothing is taken when one of them
    /// cannot be written.
    mutating func append(
        _ records: [MetadataRecord], metadataVersion: MetadataVersion
    ) throws(WireError) -> BatchStamp {
        let stamp = stamp
        let batches = try MetadataBatch.encode(
            records, baseOffset: nextOffset, stamp, metadataVersion: metadataVersion)
        for batch in batches { pending.append(batch) }
        nextOffset += Int64(records.count)
        bytesSinceSnapshot += batches.reduce(0) { $0 + Int64($1.count) }
        return stamp
    }

    private mutating func add(_ batch: ByteSlice, recordCount: Int) {
        pending.append(batch)
        nextOffset += Int64(recordCount)
        bytesSinceSnapshot += Int64(batch.count)
    }

    /// Writes what was appended. After an error the log is of no more use.
    /// - Parameter sync: waits until it is on disk: only then may anybody be told.
    mutating func commit(sync: Bool) throws(LogError) {
        var start = 0
        while start < pending.count {
            var end = start + 1
            var size = pending[start].count
            while end < pending.count, size + pending[end].count <= Self.maxWriteBytes {
                size += pending[end].count
                end += 1
            }
            _ = try log.append(
                Self.joined(pending[start..<end], sizeBytes: size), leaderEpoch: epoch, origin: .raftLeader)
            start = end
        }
        pending = []
        if sync { try log.flush() }
    }

    private static func joined(_ batches: ArraySlice<ByteSlice>, sizeBytes: Int) -> ByteSlice {
        if batches.count == 1, let only = batches.first { return only }
        let whole = ByteStorage(capacityBytes: sizeBytes)
        var offset = 0
        for batch in batches {
            (whole.base + offset).copyMemory(from: batch.base, byteCount: batch.count)
            offset += batch.count
        }
        return ByteSlice(storage: whole, storageOffset: 0, count: sizeBytes)
    }
}
