// What becomes of one batch: kept as it lies, written anew with fewer records, emptied, or dropped.

import Bytes
import Records

/// What the rules for a log's batches are during one cleaning. Kafka: `Cleaner.cleanInto`, `MemoryRecords.filterTo`.
struct CleaningRules {
    let nowMs: Int64
    let deleteRetentionMs: Int64
    /// Where this cleaning ends: the batch before it stays, even empty, so that the log's offsets stay known.
    let endOffset: Int64
    /// The active producers.
    let producers: [Int64: LastOfProducer]

    /// What has to stay of a producer: the batch with its last sequence number, or a marker with its epoch.
    struct LastOfProducer {
        let lastDataOffset: Int64?
        let epoch: Int16
    }

    /// Whether the batch stays even when all its records go.
    func mustKeep(_ batch: some RecordBatchFields) -> Bool {
        if batch.hasProducerId, let last = producers[batch.producerId] {
            let isLast =
                last.lastDataOffset.map { batch.lastOffset == $0 }
                ?? (batch.isControl && batch.producerEpoch == last.epoch)
            if isLast { return true }
        }
        return batch.nextOffset == endOffset
    }

    /// Whether the batch's tombstones, or its marker, have been there for long enough.
    func isPastHorizon(_ batch: RecordBatch) -> Bool {
        batch.deleteHorizonMs.map { $0 <= nowMs } ?? false
    }
}

/// What a cleaning read and wrote.
public struct CleaningStats: Hashable, Sendable {
    public var recordsRead = 0
    public var recordsKept = 0
    public var bytesRead: Int64 = 0
    public var bytesWritten: Int64 = 0
    /// Records without a key: they go.
    public var recordsWithoutKey = 0
    /// The keys of the part that was dirty.
    public var keys = 0
}

/// Which records of a batch stay.
struct KeptRecords {
    private var bits: [UInt64] = []
    private(set) var kept = 0
    private(set) var count = 0
    /// Whether one without a value stays.
    private(set) var hasTombstone = false

    mutating func reset() {
        bits.removeAll(keepingCapacity: true)
        kept = 0
        count = 0
        hasTombstone = false
    }

    mutating func add(_ isKept: Bool, hasValue: Bool) {
        if count & 63 == 0 { bits.append(0) }
        if isKept {
            bits[count >> 6] |= 1 << UInt64(count & 63)
            kept += 1
            if !hasValue { hasTombstone = true }
        }
        count += 1
    }

    func contains(_ place: Int) -> Bool { bits[place >> 6] & 1 << UInt64(place & 63) != 0 }
}
