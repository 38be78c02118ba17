// Replaying batches: offsets, transactions, and what the raft layer keeps in the same log.

import KafkaMessages
import KafkaWire
import Records

/// Builds the state up from batches, of a snapshot and of the log behind it.
///
/// Records between a BeginTransaction and its EndTransaction take effect with the latter, all together, or with an
/// AbortTransaction not at all (KIP-868).
struct MetadataReplay {
    private(set) var state = MetadataState()
    private(set) var delta = MetadataDelta()
    /// The log's leaders and voters, as its control records say.
    private(set) var voters: VotersRecord?
    private(set) var kraftVersion: Int16 = 0
    /// The bytes of the batches since the snapshot.
    private(set) var logBytes: Int64 = 0
    /// The records of a transaction that has begun.
    private var transaction: [MetadataRecord]?

    init() {}

    /// Whether the log ends within a transaction: what it holds never took effect.
    var isInTransaction: Bool { transaction != nil }

    /// Replays the next batch of the log.
    mutating func replay(_ batch: RecordBatch) throws(MetadataReplayError) {
        switch try batch.metadataContent() {
        case .control(let records): for record in records { replay(record) }
        case .records(let records): for record in records { try replay(record) }
        }
        state.offset = batch.lastOffset
        state.epoch = batch.partitionLeaderEpoch
        state.timestampMs = batch.maxTimestamp
        logBytes += Int64(batch.sizeBytes)
    }

    /// Replays the batches of a snapshot that holds everything before `endOffset`.
    mutating func replay(_ snapshot: SnapshotFile) throws(MetadataReplayError) {
        for batch in snapshot.batches { try replay(batch) }
        state.offset = snapshot.id.endOffset - 1
        state.epoch = snapshot.id.epoch
        state.timestampMs = snapshot.lastContainedTimestampMs
        logBytes = 0
    }

    private mutating func replay(_ record: ControlRecord) {
        switch record {
        case .kraftVersion(let record): kraftVersion = record.kRaftVersion
        case .kraftVoters(let record): voters = record
        case .leaderChange, .snapshotHeader, .snapshotFooter: break
        }
    }

    private mutating func replay(_ record: MetadataRecord) throws(MetadataReplayError) {
        switch record {
        case .beginTransaction: transaction = []
        case .abortTransaction: transaction = nil
        case .endTransaction:
            let records = transaction ?? []
            transaction = nil
            for record in records { try state.replay(record, delta: &delta) }
        default:
            if transaction != nil {
                transaction?.append(record)
            } else {
                try state.replay(record, delta: &delta)
            }
        }
    }
}
