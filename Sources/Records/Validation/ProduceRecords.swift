// What is looked at in a Produce request before any partition's log is asked.

import Bytes

/// The checks of a Produce request's records that come before the append, in Kafka's order.
///
///  1. `firstBatchIsTransactional` of each partition, in the request's order, until one says yes. A refusal here is the
///     whole request's: every partition is answered with its code and message.
///  2. `check` of each partition whose topic is known. A refusal is that partition's (unless `failsWholeRequest`).
///  3. `LogValidator.analyze`.
public enum ProduceRecords {
    /// Whether the first batch says that it is part of a transaction. Kafka: `RequestUtils.hasTransactionalRecords`.
    public static func firstBatchIsTransactional(_ records: ByteSlice) throws(RecordsRefusal) -> Bool {
        let batches = RecordBatches(bytes: records)
        guard try wholeBatchSizeBytes(batches, failsWholeRequest: true) != nil else { return false }
        guard records.load(at: RecordBatchLayout.magic, as: Int8.self) == 2 else { return false }
        // The smallest length there is leaves room for the attributes.
        return records.load(at: RecordBatchLayout.attributes, as: UInt16.self) & RecordBatchLayout.transactionalBit != 0
    }

    /// Whether a partition's records are exactly one batch of magic 2, in a codec that the request's version knows.
    /// Kafka: `ProduceRequest.validateRecords`.
    public static func check(_ records: ByteSlice, apiVersion: Int16) throws(RecordsRefusal) {
        var batches = RecordBatches(bytes: records)
        guard let size = try wholeBatchSizeBytes(batches, failsWholeRequest: false) else {
            throw .early(.invalidRecord, "no whole record batch")
        }
        guard records.load(at: RecordBatchLayout.magic, as: Int8.self) == 2 else {
            throw .early(.invalidRecord, "magic is not 2")
        }
        if apiVersion < 7 { try checkOldCodec(records) }
        batches.skip(sizeBytes: size)
        guard try wholeBatchSizeBytes(batches, failsWholeRequest: false) == nil else {
            throw .early(.invalidRecord, "more than one record batch")
        }
        if size < RecordBatchLayout.producerEpoch {
            // Kafka reads the producer id before it finds out that there is none, and gives up on the request.
            var refusal = RecordsRefusal.early(.unknownServerError, "a batch of \(size) bytes")
            refusal.failsWholeRequest = true
            throw refusal
        }
    }

    /// KIP-110: zstd came with version 7.
    private static func checkOldCodec(_ records: ByteSlice) throws(RecordsRefusal) {
        let attributes: UInt16 = records.load(at: RecordBatchLayout.attributes)
        switch CompressionCodec(rawValue: UInt8(attributes & RecordBatchLayout.codecMask)) {
        case .zstd: throw .early(.unsupportedCompressionType, "zstd before version 7")
        case nil:
            // Kafka does not expect it here, and gives up on the request.
            var refusal = RecordsRefusal.early(.unknownServerError, "unknown codec")
            refusal.failsWholeRequest = true
            throw refusal
        default: break
        }
    }

    /// The size of the next batch when all of it is there; nil at the end and at a cut batch.
    private static func wholeBatchSizeBytes(
        _ batches: RecordBatches, failsWholeRequest: Bool
    ) throws(RecordsRefusal) -> Int? {
        do throws(RecordBatchError) {
            guard let size = try batches.nextBatchSizeBytes(), size <= batches.remaining else { return nil }
            return size
        } catch {
            throw refusal(of: error, failsWholeRequest: failsWholeRequest)
        }
    }

    private static func refusal(of error: RecordBatchError, failsWholeRequest: Bool) -> RecordsRefusal {
        var refusal = RecordsRefusal.early(.corruptMessage, "\(error)")
        refusal.failsWholeRequest = failsWholeRequest
        switch error {
        case .lengthTooSmall(let length) where failsWholeRequest:
            refusal.errorMessage = "Record size \(length) is less than the minimum record overhead (14)"
        case .invalidMagic(let magic) where failsWholeRequest:
            refusal.errorMessage = "Invalid magic found in record: \(magic)"
        case .lengthTooLarge:
            // The sum overflows in Kafka, which fails without a code of its own.
            refusal.code = .unknownServerError
            refusal.failsWholeRequest = true
        default: break
        }
        return refusal
    }
}
