// Where the fields of a record batch (magic 2) lie.
//
//  offset size
//   0     8   baseOffset            \
//   8     4   batchLength            |  outside the CRC: the broker writes baseOffset and
//  12     4   partitionLeaderEpoch   |  partitionLeaderEpoch without reading the rest again.
//  16     1   magic = 2              |  batchLength counts the bytes after itself.
//  17     4   crc                   /
//  21     2   attributes            \
//  23     4   lastOffsetDelta        |
//  27     8   baseTimestamp          |
//  35     8   maxTimestamp           |  CRC-32C covers 21 ..< end
//  43     8   producerId, or -1      |
//  51     2   producerEpoch, or -1   |
//  53     4   baseSequence, or -1    |
//  57     4   recordCount            |
//  61         records               /   one block when compressed
//
//  attributes, from the lowest bit: 0-2 codec, 3 timestamp type (1 LogAppendTime), 4 transactional, 5 control,
//  6 delete horizon (baseTimestamp is then the time from which the batch's tombstones may go). Kafka reads the low
//  byte alone; the high one is passed on as it came.

/// Offsets of a record batch's fields, and the bits of its attributes. Kafka: `DefaultRecordBatch`.
public enum RecordBatchLayout {
    public static let baseOffset = 0
    public static let batchLength = 8
    public static let partitionLeaderEpoch = 12
    public static let magic = 16
    public static let crc = 17
    public static let attributes = 21
    public static let lastOffsetDelta = 23
    public static let baseTimestamp = 27
    public static let maxTimestamp = 35
    public static let producerId = 43
    public static let producerEpoch = 51
    public static let baseSequence = 53
    public static let recordCount = 57
    /// Where the records begin: the size of the header.
    public static let records = 61

    /// The part of a batch that `batchLength` does not count.
    public static let logOverheadBytes = 12
    /// What has to be read to know a batch's size and magic.
    public static let prefixBytes = 17
    /// The smallest `batchLength` that any format allows (a message of magic 0 without key and value).
    public static let minBatchLength: Int32 = 14

    public static let codecMask: UInt16 = 0x07
    public static let logAppendTimeBit: UInt16 = 0x08
    public static let transactionalBit: UInt16 = 0x10
    public static let controlBit: UInt16 = 0x20
    public static let deleteHorizonBit: UInt16 = 0x40
}
