// Writes a batch: 61 bytes of header left free, the records through a compressor, the header in the end.

import Bytes

/// The fields of a header that are not known from the records.
struct BatchFrame: Sendable {
    var baseOffset: Int64 = 0
    var partitionLeaderEpoch: Int32 = -1
    var codec = CompressionCodec.none
    var timestampType = TimestampType.createTime
    var isTransactional = false
    var isControl = false
    var hasDeleteHorizon = false
    var producerId: Int64 = -1
    var producerEpoch: Int16 = -1
    var baseSequence: Int32 = -1

    var attributes: UInt16 {
        UInt16(codec.rawValue)
            | (timestampType == .logAppendTime ? RecordBatchLayout.logAppendTimeBit : 0)
            | (isTransactional ? RecordBatchLayout.transactionalBit : 0)
            | (isControl ? RecordBatchLayout.controlBit : 0)
            | (hasDeleteHorizon ? RecordBatchLayout.deleteHorizonBit : 0)
    }
}

/// Takes records one after the other, and gives the batch.
struct BatchWriter: ~Copyable {
    /// The largest head of a record: length, attributes, timestamp, offset, key length.
    private static let maxHeadBytes =
        1 + VarintWriter.maxVarlongBytes + 3 * VarintWriter.maxVarintBytes

    private var output: OutputBytes
    private let lease: Lease<StreamCompressor>
    private let head = ScratchBuffer(capacity: maxHeadBytes)

    /// `expectedBytes`: about how large the records are together before compression, when that is known.
    init(_ settings: CompressionSettings, expectedBytes: Int?) {
        output = OutputBytes(reserving: RecordBatchLayout.records + min(expectedBytes ?? 256, 1 << 20) + 64)
        lease = settings.codec.leaseCompressor()
        _ = output.reserve(RecordBatchLayout.records)
        output.advance(RecordBatchLayout.records)
        lease.context.start(level: settings.level, expectedBytes: expectedBytes, into: &output)
    }

    /// The batch's size so far; a compressor may still hold something back.
    var sizeBytes: Int { output.count }

    /// Appends one record. `key` and `value` are nil for null; `headers` is the encoded list, its count included.
    mutating func append(
        timestampDelta: Int64, offsetDelta: Int32, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: UnsafeRawBufferPointer
    ) {
        let keyLength = key.map { Int32($0.count) } ?? -1
        let valueLength = value.map { Int32($0.count) } ?? -1
        var bodyBytes = 1 + VarintWriter.size(timestampDelta) + VarintWriter.size(offsetDelta)
        bodyBytes += VarintWriter.size(keyLength) + (key?.count ?? 0)
        bodyBytes += VarintWriter.size(valueLength) + (value?.count ?? 0) + headers.count
        // A record that a request or a builder holds is far below 2 GiB.
        var writer = VarintWriter(head.base)
        writer.varint(Int32(bodyBytes))
        writer.byte(0)
        writer.varlong(timestampDelta)
        writer.varint(offsetDelta)
        writer.varint(keyLength)
        write(UnsafeRawBufferPointer(start: head.base, count: writer.at - head.base))
        if let key { write(key) }
        writer = VarintWriter(head.base)
        writer.varint(valueLength)
        write(UnsafeRawBufferPointer(start: head.base, count: writer.at - head.base))
        if let value { write(value) }
        write(headers)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        lease.context.write(bytes, into: &output)
    }

    /// Ends the batch.
    consuming func finish(
        _ frame: BatchFrame, lastOffsetDelta: Int32, baseTimestamp: Int64, maxTimestamp: Int64, recordCount: Int32
    ) -> RecordBatch {
        lease.context.finish(into: &output)
        let bytes = output.slice
        bytes.store(frame.baseOffset, at: RecordBatchLayout.baseOffset)
        bytes.store(Int32(bytes.count - RecordBatchLayout.logOverheadBytes), at: RecordBatchLayout.batchLength)
        bytes.store(frame.partitionLeaderEpoch, at: RecordBatchLayout.partitionLeaderEpoch)
        bytes.store(Int8(2), at: RecordBatchLayout.magic)
        bytes.store(frame.attributes, at: RecordBatchLayout.attributes)
        bytes.store(lastOffsetDelta, at: RecordBatchLayout.lastOffsetDelta)
        bytes.store(baseTimestamp, at: RecordBatchLayout.baseTimestamp)
        bytes.store(maxTimestamp, at: RecordBatchLayout.maxTimestamp)
        bytes.store(frame.producerId, at: RecordBatchLayout.producerId)
        bytes.store(frame.producerEpoch, at: RecordBatchLayout.producerEpoch)
        bytes.store(frame.baseSequence, at: RecordBatchLayout.baseSequence)
        bytes.store(recordCount, at: RecordBatchLayout.recordCount)
        bytes.store(Crc32C.checksum(bytes.suffix(from: RecordBatchLayout.attributes)), at: RecordBatchLayout.crc)
        guard let batch = RecordBatch(bytes) else { preconditionFailure("a batch was written with a whole header") }
        return batch
    }
}
