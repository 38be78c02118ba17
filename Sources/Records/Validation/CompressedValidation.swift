// A batch that comes compressed, or is to be stored compressed.

import Bytes

/// Kafka: `LogValidator.validateMessagesAndAssignOffsetsCompressed`, without the offsets.
///
/// A batch that keeps its codec is opened in bounded steps, looked at and patched where it lies. Any other is written
/// anew while it is read.
struct CompressedValidation {
    let batch: RecordBatch
    let codec: CompressionCodec
    let settings: CompressionSettings
    let rules: AppendRules
    let nowMs: Int64

    func run() throws(RecordsRefusal) -> ValidatedRecords {
        guard batch.recordCount >= 0 else { throw .inAppend(.invalidRecord, "record count \(batch.recordCount)") }
        if codec == settings.codec { return try inPlace() }
        if rules.effort.isBrief, settings.codec != .none, batch.payload.count > CheckEffort.briefRecompressedBytes {
            throw .unfinished
        }
        return try BatchRebuild(self).run()
    }

    var isLogAppendTime: Bool { rules.timestampType == .logAppendTime }

    /// The timestamp of all records of a LogAppendTime batch.
    var batchTimestamp: Int64? { batch.timestampType == .logAppendTime ? batch.maxTimestamp : nil }

    private func inPlace() throws(RecordsRefusal) -> ValidatedRecords {
        var checks = RecordChecks(rules: rules, batch: batch, nowMs: nowMs, isPartial: true)
        let isSequential: Bool
        do throws(RecordFault) { isSequential = try walk(&checks) } catch { throw .inAppend(error) }
        try checks.finish()
        // Kafka wants to write such a batch anew then, from records that it read without keys and values, and fails.
        guard isSequential else {
            throw .inAppend(.unknownServerError, "offsets of a compressed batch are not 0, 1, 2…")
        }
        let maxTimestamp = isLogAppendTime ? nowMs : checks.maxTimestamp
        batch.setMaxTimestamp(maxTimestamp, type: rules.timestampType)
        return ValidatedRecords(
            batch: batch, sourceCodec: codec, recordCount: Int64(batch.recordCount), maxTimestamp: maxTimestamp,
            logAppendTimeMs: isLogAppendTime ? nowMs : -1, wasRebuilt: false, hasOffsetOfMaxTimestamp: true)
    }

    /// Goes over the records' heads; whether their offsets are 0, 1, 2…
    private func walk(_ checks: inout RecordChecks) throws(RecordFault) -> Bool {
        let count = batch.recordCount
        guard count > 0 else { return true }
        var stream = try RecordStream(codec, batch.payload, maxBodyBytes: 0, effort: rules.effort)
        let baseOffset = batch.baseOffset
        let baseTimestamp = batch.baseTimestamp
        let batchTimestamp = batchTimestamp
        var record = RecordLayout()
        var isSequential = true
        for index in 0..<count {
            try stream.readHead(into: &record)
            let offset = baseOffset &+ Int64(record.offsetDelta)
            if offset != Int64(index) { isSequential = false }
            checks.check(
                index: index, offset: offset, timestamp: batchTimestamp ?? baseTimestamp &+ record.timestampDelta,
                keyLength: record.keyLength, valueLength: record.valueLength)
        }
        guard try stream.isAtEnd() else { throw .malformed("data after the last record") }
        return isSequential
    }
}

extension RecordsRefusal {
    /// A fault in the records as the append answers it.
    static func inAppend(_ fault: RecordFault) -> RecordsRefusal {
        switch fault {
        case .malformed: .inAppend(.invalidRecord, "\(fault)")
        case .expandsTooFar: .unfinished
        case .compression, .unreadable, .tooLarge: .inAppend(.unknownServerError, "\(fault)")
        }
    }
}
