// What a simulation remembers of a batch that it appended.

import Bytes
import Records
import Testing

@testable import LogStorage

/// Whether something that was appended is still there.
enum Fate {
    case present
    /// A cleaning that was cut short may have taken it.
    case unsure
    /// A cleaning took it, durably: it must not come back.
    case gone
}

/// A record of a compacted log.
struct ModelRecord {
    let offset: Int64
    let key: String
    /// nil: a tombstone.
    let value: String?
    let timestampMs: Int64
    var fate = Fate.present
}

/// When a batch's tombstones, or a marker, may go at the earliest, and when they go for certain.
struct ModelHorizon {
    var earliestMs: Int64?
    var certainMs: Int64?
}

/// A batch that was appended, or may have been.
struct ModelBatch {
    let firstOffset: Int64
    let lastOffset: Int64
    /// As it is to lie in the log, offsets and epoch included.
    let bytes: [UInt8]
    let producerId: Int64
    let sequence: Int32
    let maxTimestampMs: Int64
    let isTransactional: Bool
    /// nil: data.
    let marker: Bool?
    /// Of data in a compacted log.
    var records: [ModelRecord] = []
    var fate = Fate.present
    /// A cleaning came by: the batch may be written anew.
    var isTouched = false
    var horizon = ModelHorizon()

    var lastSequence: Int32 { sequence + Int32(lastOffset - firstOffset) }

    /// Nothing of it has to be there.
    var mayBeGone: Bool { fate != .present }

    /// What is wrong with the batch that was found in its place, if anything.
    func fault(in found: RecordBatch) throws -> String? {
        if fate == .gone { return "a batch at \(firstOffset) that was cleaned away" }
        if !isTouched {
            return found.bytes.array == bytes ? nil : "other bytes at \(firstOffset) than were written"
        }
        let original = try #require(try firstOf(bytes))
        guard found.isCrcValid, found.lastOffset == lastOffset, found.producerId == producerId,
            found.producerEpoch == original.producerEpoch, found.baseSequence == original.baseSequence,
            found.isTransactional == isTransactional, found.isControl == (marker != nil),
            found.partitionLeaderEpoch == original.partitionLeaderEpoch
        else { return "another header at \(firstOffset) than was written" }
        if let marker {
            let isKept = try found.endTransactionMarker().map { $0.isCommit != marker } ?? mayBeGone
            return isKept ? nil : "another marker at \(firstOffset)"
        }
        return try recordFault(in: found)
    }

    private func recordFault(in found: RecordBatch) throws -> String? {
        var rest = try found.records()[...]
        for record in records {
            guard let next = rest.first, next.offset == record.offset else {
                if record.fate == .present { return "the record at \(record.offset) is missing" }
                continue
            }
            rest.removeFirst()
            if record.fate == .gone { return "the record at \(record.offset) was cleaned away and is there" }
            let isSame =
                next.key == Array(record.key.utf8) && next.value == record.value.map { Array($0.utf8) }
                && next.timestamp == record.timestampMs
            if !isSame { return "another record at \(record.offset)" }
        }
        return rest.isEmpty ? nil : "a record at \(rest[rest.startIndex].offset) that was not to be there"
    }

    private func firstOf(_ bytes: [UInt8]) throws -> RecordBatch? {
        var batches = RecordBatches(bytes: ByteSlice(copying: bytes))
        return try batches.next()
    }

    /// Takes over what was found: of what may be gone, `isDurable` says that it cannot come back.
    mutating func settle(_ found: RecordBatch?, isDurable: Bool) throws {
        guard isTouched else { return }
        let left = Set(try found?.records().map(\.offset) ?? [])
        for slot in records.indices where records[slot].fate != .gone {
            records[slot].fate = left.contains(records[slot].offset) ? .present : isDurable ? .gone : .unsure
        }
        fate = found != nil ? .present : isDurable ? .gone : .unsure
        if isDurable {
            horizon = ModelHorizon(earliestMs: found?.deleteHorizonMs, certainMs: found?.deleteHorizonMs)
        } else {
            horizon.certainMs = nil
            if let known = found?.deleteHorizonMs { horizon.earliestMs = min(horizon.earliestMs ?? known, known) }
        }
    }
}
