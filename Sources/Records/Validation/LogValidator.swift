// Checks records before they are appended, as Kafka 4.3.1 does, in two steps:
//
//   outside the partition's lock            with the partition locked
//   analyze: CRC, headers, every record  →  assignOffsets: base offset and leader epoch into the header
//   (one pass for the CRC, one over the
//   records' heads)
//
// Kafka does both under its log's lock; nothing of the first step depends on the log.

import Bytes

/// Kafka: `UnifiedLog.analyzeAndValidateRecords` and `LogValidator`.
public enum LogValidator {
    /// Checks what a producer (`isFromClient`) or a coordinator of this node wants to append, and makes of it what is
    /// to be stored: timestamps and codec as the topic's settings say. Writes into `records`, which nobody else may be
    /// reading. `nowMs` is the wall clock.
    ///
    /// Memory beside `records` is bounded, however far compressed data expands. Never traps on any input.
    public static func analyze(
        _ records: ByteSlice, rules: AppendRules, isFromClient: Bool = true, nowMs: Int64
    ) throws(RecordsRefusal) -> ValidatedRecords {
        let (batch, codec) = try singleBatch(records, rules: rules, isFromClient: isFromClient)
        let settings = rules.settings(for: codec)
        if isFromClient { try checkClientHeader(batch, rules) }
        if rules.effort.isBrief && batch.recordCount > CheckEffort.briefRecordCount { throw .unfinished }
        if codec == .none && (settings.codec == .none || (batch.isControl && !isFromClient)) {
            return try UncompressedValidation(batch: batch, rules: rules, nowMs: nowMs).run()
        }
        return try CompressedValidation(batch: batch, codec: codec, settings: settings, rules: rules, nowMs: nowMs)
            .run()
    }

    /// The one batch there may be, with what can be said of it without opening it.
    private static func singleBatch(
        _ records: ByteSlice, rules: AppendRules, isFromClient: Bool
    ) throws(RecordsRefusal) -> (RecordBatch, CompressionCodec) {
        if isFromClient && records.count >= RecordBatchLayout.prefixBytes {
            let baseOffset: Int64 = records.load(at: RecordBatchLayout.baseOffset)
            if baseOffset != 0 { throw .inAppend(.invalidRecord, "base offset \(baseOffset) is not 0") }
        }
        var batches = RecordBatches(bytes: records)
        guard let batch = try nextBatch(&batches) else { throw .inAppend(.invalidRecord, "no whole record batch") }
        let codec = try checkBatch(batch, maxSizeBytes: rules.maxMessageSizeBytes)
        if try nextBatch(&batches) != nil { throw .inAppend(.invalidRecord, "more than one record batch") }
        return (batch, codec)
    }

    /// Size, CRC, codec: what holds for every batch of every append.
    static func checkBatch(
        _ batch: RecordBatch, maxSizeBytes: Int?
    ) throws(RecordsRefusal) -> CompressionCodec {
        if let maxSizeBytes, batch.sizeBytes > maxSizeBytes {
            throw .inAppend(.messageTooLarge, "a batch of \(batch.sizeBytes) bytes, \(maxSizeBytes) allowed")
        }
        guard batch.isCrcValid else { throw .inAppend(.corruptMessage, "wrong CRC, \(batch.crc) stored") }
        guard let codec = batch.codec else {
            throw .inAppend(.unknownServerError, "unknown codec id \(batch.codecId)")
        }
        return codec
    }

    static func nextBatch(_ batches: inout RecordBatches) throws(RecordsRefusal) -> RecordBatch? {
        do throws(RecordBatchError) {
            return try batches.next()
        } catch {
            switch error {
            case .lengthTooLarge: throw .inAppend(.unknownServerError, "\(error)")
            case .legacyMagic: throw .inAppend(.invalidRecord, "\(error)")
            case .lengthTooSmall, .invalidMagic, .headerTruncated: throw .inAppend(.corruptMessage, "\(error)")
            }
        }
    }

    /// What a producer may say in a batch's header. Kafka: `LogValidator.validateBatch`.
    private static func checkClientHeader(_ batch: RecordBatch, _ rules: AppendRules) throws(RecordsRefusal) {
        let offsets = Int64(batch.lastOffsetDelta) + 1
        if offsets <= 0 { throw .inAppend(.invalidRecord, "last offset delta \(batch.lastOffsetDelta)") }
        if batch.recordCount <= 0 { throw .inAppend(.invalidRecord, "record count \(batch.recordCount)") }
        if offsets != Int64(batch.recordCount) {
            throw .inAppend(.invalidRecord, "\(offsets) offsets and \(batch.recordCount) records")
        }
        if batch.isControl { throw .inAppend(.invalidRecord, "a control batch from a client") }
        if batch.hasProducerId && batch.baseSequence < 0 {
            throw .inAppend(.invalidRecord, "producer id \(batch.producerId) with sequence \(batch.baseSequence)")
        }
    }
}
