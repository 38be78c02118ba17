// A batch that is stored in another codec than it came in: read and written anew in one pass.

import Bytes

/// Kafka: `LogValidator.buildRecordsAndAssignOffsets`, whose `MemoryRecordsBuilder` leaves out what a builder does not
/// know: unused attribute bits, the attributes of records, a delete horizon.
struct BatchRebuild {
    /// The largest record that is written anew. Kafka holds all records of the batch at once, and fails without a code
    /// of its own when they are too large for its heap.
    static let maxRecordBytes = 64 << 20

    private let validation: CompressedValidation
    private var batch: RecordBatch { validation.batch }
    private var checks: RecordChecks
    /// The first record's; the deltas are relative to it.
    private var baseTimestamp: Int64 = -1
    private var hasNegativeTimestamp = false
    private var headers: [UInt8] = []

    init(_ validation: CompressedValidation) {
        self.validation = validation
        checks = RecordChecks(
            rules: validation.rules, batch: validation.batch, nowMs: validation.nowMs, isPartial: false)
    }

    consuming func run() throws(RecordsRefusal) -> ValidatedRecords {
        var writer = BatchWriter(validation.settings, expectedBytes: expectedBytes)
        if validation.codec == .none {
            try copyStored(into: &writer)
        } else {
            do throws(RecordFault) { try copyCompressed(into: &writer) } catch { throw .inAppend(error) }
        }
        try checks.finish()
        try checkBuildable()
        let rebuilt = writer.finish(
            frame, lastOffsetDelta: batch.recordCount - 1, baseTimestamp: baseTimestamp, maxTimestamp: maxTimestamp,
            recordCount: batch.recordCount)
        let limit = validation.rules.maxMessageSizeBytes
        guard rebuilt.sizeBytes <= limit else {
            throw .inAppend(.messageTooLarge, "\(rebuilt.sizeBytes) bytes once written anew, \(limit) allowed")
        }
        return ValidatedRecords(
            batch: rebuilt, sourceCodec: validation.codec, recordCount: Int64(batch.recordCount),
            maxTimestamp: maxTimestamp, logAppendTimeMs: validation.isLogAppendTime ? validation.nowMs : -1,
            wasRebuilt: true, hasOffsetOfMaxTimestamp: maxTimestamp != -1)
    }

    private var maxTimestamp: Int64 { validation.isLogAppendTime ? validation.nowMs : checks.maxTimestamp }

    /// About the size of the records. Compressed ones: unknown, so a window as for a few of the topic's largest
    /// batches.
    private var expectedBytes: Int {
        validation.codec == .none ? batch.payload.count : max(batch.payload.count * 4, 1 << 18)
    }

    private var frame: BatchFrame {
        BatchFrame(
            codec: validation.settings.codec, timestampType: validation.rules.timestampType,
            isTransactional: batch.isTransactional, producerId: batch.producerId, producerEpoch: batch.producerEpoch,
            baseSequence: batch.baseSequence)
    }

    private mutating func copyStored(into writer: inout BatchWriter) throws(RecordsRefusal) {
        let payload = batch.payload
        var reader = VarintReader(payload.base, count: payload.count)
        var record = RecordLayout()
        for index in 0..<batch.recordCount {
            let body = try UncompressedValidation.readRecord(&reader, into: &record)
            copy(index, record, body, into: &writer)
        }
        if batch.recordCount > 0 && reader.remaining > 0 {
            throw .inAppend(.invalidRecord, "\(reader.remaining) bytes after the last record")
        }
        withExtendedLifetime(payload) {}
    }

    private mutating func copyCompressed(into writer: inout BatchWriter) throws(RecordFault) {
        guard batch.recordCount > 0 else { return }
        var stream = try RecordStream(
            validation.codec, batch.payload, maxBodyBytes: Self.maxRecordBytes,
            effort: validation.rules.effort)
        var record = RecordLayout()
        for index in 0..<batch.recordCount {
            let body = try stream.nextBody()
            guard let base = body.baseAddress, record.read(base, count: body.count) else {
                throw .malformed("a record that is not one")
            }
            copy(index, record, body, into: &writer)
        }
        guard try stream.isAtEnd() else { throw .malformed("data after the last record") }
    }

    /// Checks one record, and writes it while there is a point in writing.
    private mutating func copy(
        _ index: Int32, _ record: RecordLayout, _ body: UnsafeRawBufferPointer, into writer: inout BatchWriter
    ) {
        let timestamp = validation.batchTimestamp ?? batch.baseTimestamp &+ record.timestampDelta
        checks.check(
            index: index, offset: batch.baseOffset &+ Int64(record.offsetDelta), timestamp: timestamp,
            keyLength: record.keyLength, valueLength: record.valueLength)
        if index == 0 { baseTimestamp = timestamp }
        if timestamp < -1 { hasNegativeTimestamp = true }
        // What is too large already only grows; the records after it still have to be looked at.
        guard writer.sizeBytes <= validation.rules.maxMessageSizeBytes, !checks.hasErrors else { return }
        headers.removeAll(keepingCapacity: true)
        HeaderList.rewrite(
            record.headerCount, in: UnsafeRawBufferPointer(rebasing: body[record.headersStart...]), into: &headers)
        headers.withUnsafeBytes { headers in
            writer.append(
                timestampDelta: timestamp &- baseTimestamp, offsetDelta: index, key: record.key(in: body),
                value: record.value(in: body), headers: headers)
        }
    }

    /// Kafka's builder fails on these without a code of its own.
    private func checkBuildable() throws(RecordsRefusal) {
        if hasNegativeTimestamp {
            throw .inAppend(.unknownServerError, "a negative timestamp in a batch to write anew")
        }
        guard batch.producerId != -1 else {
            if batch.isTransactional { throw .inAppend(.unknownServerError, "transactional without a producer id") }
            return
        }
        if batch.producerEpoch == -1 || batch.baseSequence < 0 {
            throw .inAppend(.unknownServerError, "producer id \(batch.producerId) without epoch or sequence")
        }
    }
}
