// A batch's header as a plain value, for code that reads headers out of a file.

import Bytes

/// The fields of a record batch's 61-byte header, copied out.
///
/// Nothing of it is checked: whoever scans a file looks at `magic` and `sizeBytes` before believing the rest.
public struct RecordBatchHeader: RecordBatchFields, Hashable, Sendable {
    /// The bytes a header takes.
    public static let sizeBytes = RecordBatchLayout.records

    public var baseOffset: Int64
    public var batchLength: Int32
    public var partitionLeaderEpoch: Int32
    public var magic: Int8
    public var crc: UInt32
    public var attributes: UInt16
    public var lastOffsetDelta: Int32
    public var baseTimestamp: Int64
    public var maxTimestamp: Int64
    public var producerId: Int64
    public var producerEpoch: Int16
    public var baseSequence: Int32
    public var recordCount: Int32

    /// Reads the header at the start of `bytes`; nil when there are fewer than 61.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.sizeBytes else { return nil }
        func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
            T(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        baseOffset = load(RecordBatchLayout.baseOffset)
        batchLength = load(RecordBatchLayout.batchLength)
        partitionLeaderEpoch = load(RecordBatchLayout.partitionLeaderEpoch)
        magic = load(RecordBatchLayout.magic)
        crc = load(RecordBatchLayout.crc)
        attributes = load(RecordBatchLayout.attributes)
        lastOffsetDelta = load(RecordBatchLayout.lastOffsetDelta)
        baseTimestamp = load(RecordBatchLayout.baseTimestamp)
        maxTimestamp = load(RecordBatchLayout.maxTimestamp)
        producerId = load(RecordBatchLayout.producerId)
        producerEpoch = load(RecordBatchLayout.producerEpoch)
        baseSequence = load(RecordBatchLayout.baseSequence)
        recordCount = load(RecordBatchLayout.recordCount)
    }

    /// Reads the header at `offset`; nil when fewer than 61 bytes are there.
    public init?(_ bytes: ByteSlice, at offset: Int = 0) {
        guard offset >= 0, offset <= bytes.count else { return nil }
        self.init(UnsafeRawBufferPointer(start: bytes.base + offset, count: bytes.count - offset))
    }
}
