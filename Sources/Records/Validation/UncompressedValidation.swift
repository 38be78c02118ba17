// An uncompressed batch that stays uncompressed: checked and patched where it lies.

import Bytes

/// Kafka: `LogValidator.assignOffsetsNonCompressed`, without the offsets.
struct UncompressedValidation {
    let batch: RecordBatch
    let rules: AppendRules
    let nowMs: Int64

    func run() throws(RecordsRefusal) -> ValidatedRecords {
        let maxTimestamp = try walk()
        let isLogAppendTime = rules.timestampType == .logAppendTime
        batch.setMaxTimestamp(isLogAppendTime ? nowMs : maxTimestamp, type: rules.timestampType)
        return ValidatedRecords(
            batch: batch, sourceCodec: .none, recordCount: Int64(batch.recordCount),
            maxTimestamp: isLogAppendTime ? nowMs : maxTimestamp, logAppendTimeMs: isLogAppendTime ? nowMs : -1,
            wasRebuilt: false, hasOffsetOfMaxTimestamp: isLogAppendTime || maxTimestamp != -1)
    }

    /// Goes over the records' heads; the largest timestamp.
    private func walk() throws(RecordsRefusal) -> Int64 {
        let count = batch.recordCount
        guard count >= 0 else { throw .inAppend(.invalidRecord, "record count \(count)") }
        let baseOffset = batch.baseOffset
        let baseTimestamp = batch.baseTimestamp
        // All records of a LogAppendTime batch have the batch's timestamp.
        let batchTimestamp = batch.timestampType == .logAppendTime ? batch.maxTimestamp : nil
        var checks = RecordChecks(rules: rules, batch: batch, nowMs: nowMs, isPartial: false)
        let payload = batch.payload
        var reader = VarintReader(payload.base, count: payload.count)
        var record = RecordLayout()
        for index in 0..<count {
            _ = try Self.readRecord(&reader, into: &record)
            checks.check(
                index: index, offset: baseOffset &+ Int64(record.offsetDelta),
                timestamp: batchTimestamp ?? baseTimestamp &+ record.timestampDelta,
                keyLength: record.keyLength, valueLength: record.valueLength)
        }
        if count > 0 && reader.remaining > 0 {
            throw .inAppend(.invalidRecord, "\(reader.remaining) bytes after the last record")
        }
        try checks.finish()
        // The storage is read through a pointer above.
        withExtendedLifetime(payload) {}
        return checks.maxTimestamp
    }

    /// Reads one record, and gives its body; faults with the code that Kafka gives them.
    @inline(__always)
    static func readRecord(
        _ reader: inout VarintReader, into record: inout RecordLayout
    ) throws(RecordsRefusal) -> UnsafeRawBufferPointer {
        let before = reader.remaining
        let length = reader.varint()
        if reader.isBad {
            // Only the length itself is read without a net in Kafka: one without end gets no code of its own.
            throw .inAppend(before >= 5 ? .unknownServerError : .invalidRecord, "a record's length cannot be read")
        }
        guard length >= 0, Int(length) <= reader.remaining, record.read(reader.at, count: Int(length)) else {
            throw .inAppend(.invalidRecord, "a record of \(length) bytes is not one")
        }
        let body = UnsafeRawBufferPointer(start: reader.at, count: Int(length))
        reader.skip(length)
        return body
    }
}
