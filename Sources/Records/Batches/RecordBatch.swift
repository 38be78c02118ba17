// A view over one record batch, where it lies.

import Bytes

/// One record batch of magic 2 in the bytes of a request, an answer or a segment. Copying the value copies no bytes.
///
/// A value of this type has a whole header, magic 2, and exactly as many bytes as its header says; nothing else of
/// it is checked (see `isCrcValid`, `RecordCursor`, `LogValidator`). Kafka: `DefaultRecordBatch`.
public struct RecordBatch: RecordBatchFields, Sendable {
    /// The batch, header included.
    public let bytes: ByteSlice

    /// Takes `bytes` as one batch; nil unless they are exactly one batch of magic 2.
    public init?(_ bytes: ByteSlice) {
        guard bytes.count >= RecordBatchLayout.records,
            bytes.load(at: RecordBatchLayout.magic, as: Int8.self) == 2,
            Int(bytes.load(at: RecordBatchLayout.batchLength, as: Int32.self)) + RecordBatchLayout.logOverheadBytes
                == bytes.count
        else { return nil }
        self.bytes = bytes
    }

    public var sizeBytes: Int { bytes.count }

    public var baseOffset: Int64 { bytes.load(at: RecordBatchLayout.baseOffset) }
    public var batchLength: Int32 { bytes.load(at: RecordBatchLayout.batchLength) }
    public var partitionLeaderEpoch: Int32 { bytes.load(at: RecordBatchLayout.partitionLeaderEpoch) }
    public var magic: Int8 { bytes.load(at: RecordBatchLayout.magic) }
    public var crc: UInt32 { bytes.load(at: RecordBatchLayout.crc) }
    public var attributes: UInt16 { bytes.load(at: RecordBatchLayout.attributes) }
    public var lastOffsetDelta: Int32 { bytes.load(at: RecordBatchLayout.lastOffsetDelta) }
    public var baseTimestamp: Int64 { bytes.load(at: RecordBatchLayout.baseTimestamp) }
    public var maxTimestamp: Int64 { bytes.load(at: RecordBatchLayout.maxTimestamp) }
    public var producerId: Int64 { bytes.load(at: RecordBatchLayout.producerId) }
    public var producerEpoch: Int16 { bytes.load(at: RecordBatchLayout.producerEpoch) }
    public var baseSequence: Int32 { bytes.load(at: RecordBatchLayout.baseSequence) }
    public var recordCount: Int32 { bytes.load(at: RecordBatchLayout.recordCount) }

    /// The header, copied out.
    public var header: RecordBatchHeader {
        guard let header = RecordBatchHeader(bytes) else { preconditionFailure("a RecordBatch has a whole header") }
        return header
    }

    /// What follows the header: the records, compressed when `codec` says so.
    public var payload: ByteSlice { bytes.suffix(from: RecordBatchLayout.records) }

    /// The checksum of what the CRC covers, as it is now: one pass over the batch.
    public var computedCrc: UInt32 { Crc32C.checksum(bytes.suffix(from: RecordBatchLayout.attributes)) }

    /// Whether the stored CRC is the right one: one pass over the batch.
    public var isCrcValid: Bool { crc == computedCrc }
}
