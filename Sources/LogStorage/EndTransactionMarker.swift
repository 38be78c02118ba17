// The record of a control batch that ends a transaction.
//
//     key:    int16 version = 0, int16 type: 0 ABORT, 1 COMMIT
//     value:  int16 version, int32 coordinator epoch, and what later versions add
//
// A control batch has one record and is never compressed.

import Bytes
import KafkaWire
import Records

/// The end of a transaction as a marker's record says it. Kafka: `EndTransactionMarker`.
struct EndTransactionMarker: Hashable, Sendable {
    let isAbort: Bool
    let coordinatorEpoch: Int32
    let timestampMs: Int64

    init(isAbort: Bool, coordinatorEpoch: Int32, timestampMs: Int64) {
        self.isAbort = isAbort
        self.coordinatorEpoch = coordinatorEpoch
        self.timestampMs = timestampMs
    }
}

extension EndTransactionMarker {
    /// Reads the marker out of a control batch; nil when the batch has no record any more (it was cleaned away).
    init?(batch: RecordBatch) throws(LogError) {
        try self.init(payload: batch.payload, header: batch.header)
    }

    /// As above, of a batch whose header was read before its records.
    init?(payload: ByteSlice, header: RecordBatchHeader) throws(LogError) {
        guard header.recordCount > 0 else { return nil }
        var marker: EndTransactionMarker?
        do throws(WireError) {
            if header.codecId == 0 { marker = try Self.read(payload, header) }
        } catch {
            throw .refused(.invalidRecord, "Control batch at offset \(header.baseOffset): \(error)")
        }
        guard let marker else {
            throw .refused(.invalidRecord, "Control batch at offset \(header.baseOffset) is no COMMIT and no ABORT")
        }
        self = marker
    }

    private static func read(
        _ payload: ByteSlice, _ header: RecordBatchHeader
    ) throws(WireError) -> EndTransactionMarker? {
        var reader = WireReader(payload)
        _ = try reader.readVarint()
        _ = try reader.readInt8()
        let timestampDelta = try reader.readVarlong()
        _ = try reader.readVarint()
        guard try reader.readVarint() >= 4 else { return nil }
        let keyVersion = try reader.readInt16()
        let type = try reader.readInt16()
        guard keyVersion >= 0, type == 0 || type == 1 else { return nil }
        guard try reader.readVarint() >= 6, try reader.readInt16() >= 0 else { return nil }
        let coordinatorEpoch = try reader.readInt32()
        let isLogAppendTime = header.timestampType == .logAppendTime
        return EndTransactionMarker(
            isAbort: type == 0, coordinatorEpoch: coordinatorEpoch,
            timestampMs: isLogAppendTime ? header.maxTimestamp : header.baseTimestamp &+ timestampDelta)
    }
}
