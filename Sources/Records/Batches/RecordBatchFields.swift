// What a batch's header fields mean, said once for the view over bytes and for the plain value.

/// The 61 bytes before a batch's records, however they are kept: `RecordBatch` reads them in place,
/// `RecordBatchHeader` holds a copy.
public protocol RecordBatchFields {
    var baseOffset: Int64 { get }
    /// The bytes after this field.
    var batchLength: Int32 { get }
    var partitionLeaderEpoch: Int32 { get }
    var magic: Int8 { get }
    var crc: UInt32 { get }
    /// All 16 bits, as they came.
    var attributes: UInt16 { get }
    var lastOffsetDelta: Int32 { get }
    var baseTimestamp: Int64 { get }
    var maxTimestamp: Int64 { get }
    var producerId: Int64 { get }
    var producerEpoch: Int16 { get }
    var baseSequence: Int32 { get }
    var recordCount: Int32 { get }
}

extension RecordBatchFields {
    /// The whole batch's size, header included.
    public var sizeBytes: Int { Int(batchLength) + RecordBatchLayout.logOverheadBytes }

    /// The codec's id as it stands in the attributes: 0-7, of which 5-7 mean nothing.
    public var codecId: UInt8 { UInt8(attributes & RecordBatchLayout.codecMask) }
    /// The codec; nil when the id is none of Kafka's.
    public var codec: CompressionCodec? { CompressionCodec(rawValue: codecId) }

    public var timestampType: TimestampType {
        attributes & RecordBatchLayout.logAppendTimeBit == 0 ? .createTime : .logAppendTime
    }
    public var isTransactional: Bool { attributes & RecordBatchLayout.transactionalBit != 0 }
    public var isControl: Bool { attributes & RecordBatchLayout.controlBit != 0 }
    public var hasDeleteHorizon: Bool { attributes & RecordBatchLayout.deleteHorizonBit != 0 }
    /// The time (ms) from which the cleaner may drop the batch's tombstones and markers. KIP-534.
    public var deleteHorizonMs: Int64? { hasDeleteHorizon ? baseTimestamp : nil }

    /// The offset of the batch's last record (of the last it had, when it was compacted). Wraps on senseless input.
    public var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    public var nextOffset: Int64 { lastOffset &+ 1 }

    public var hasProducerId: Bool { producerId > -1 }
    /// The sequence number of the last record, -1 when there is none. Sequence numbers go on at 0 after Int32.max.
    public var lastSequence: Int32 {
        baseSequence == -1 ? -1 : ProducerSequence.advance(baseSequence, by: lastOffsetDelta)
    }
}

/// The arithmetic of idempotent producers' sequence numbers.
public enum ProducerSequence {
    /// `sequence` moved on by `count`; after Int32.max comes 0. Kafka: `DefaultRecordBatch.incrementSequence`.
    @inlinable
    public static func advance(_ sequence: Int32, by count: Int32) -> Int32 {
        if sequence > Int32.max &- count { return count &- (Int32.max &- sequence) &- 1 }
        return sequence &+ count
    }
}
