// Goes over the messages of a wrapper, or over the one message that is none.
//
// The offsets in a wrapper of magic 0 are the messages' own. Those in one of magic 1 count from a place that only the
// last of them tells, which has the wrapper's offset: such a wrapper is opened twice, so that neither its messages nor
// their offsets need be kept.

import Bytes

/// The messages of one batch of magic 0 or 1 in their order. Bounds are checked, memory does not grow with what
/// compressed data claims to be, and no input makes it trap. Kafka: `AbstractLegacyRecordBatch.DeepRecordsIterator`.
///
/// As in Kafka a last message that is cut short within a wrapper is not one, and the CRCs of wrapped messages are not
/// looked at: the wrapper's covers them.
public struct LegacyCursor: ~Copyable {
    private let isWrapper: Bool
    private let lastOffset: Int64
    /// What is added to the offset that stands in a message.
    private let offsetOfFirst: Int64
    /// The broker's time, which goes for all messages of magic 1.
    private let appendTimestamp: Int64?
    private var stream: RecordStream
    private var body: UnsafeRawBufferPointer
    private var message: LegacyMessage?

    /// The current message's offset.
    public private(set) var offset: Int64 = -1
    /// The current message's timestamp (ms); -1: none.
    public private(set) var timestamp: Int64 = -1

    /// `maxMessageBytes`: a larger message in a wrapper is a fault.
    public init(_ batch: LegacyBatch, maxMessageBytes: Int = 64 << 20) throws(RecordFault) {
        guard let codec = batch.codec else { throw .unreadable("unknown codec") }
        let isWrapper = codec != .none
        let isHashed = batch.magic > 0
        let data = isWrapper ? try batch.wrapped : batch.bytes
        let first =
            isWrapper && batch.magic == 1
            ? try Self.offsetOfFirst(codec, data, lastOffset: batch.lastOffset) : 0
        stream = try RecordStream(codec, data, maxBodyBytes: maxMessageBytes, isHeaderHashed: isHashed)
        self.isWrapper = isWrapper
        offsetOfFirst = first
        lastOffset = batch.lastOffset
        appendTimestamp = isWrapper && batch.timestampType == .logAppendTime ? batch.timestamp : nil
        body = UnsafeRawBufferPointer(start: nil, count: 0)
        message = nil
    }

    /// Goes to the next message; false after the last.
    public mutating func next() throws(RecordFault) -> Bool {
        guard let (written, size) = try Self.prefix(&stream), let whole = try stream.take(size) else {
            if message == nil { throw .malformed("a wrapper without messages") }
            return false
        }
        let next = try LegacyMessage(whole)
        if isWrapper && next.attributes & UInt8(RecordBatchLayout.codecMask) != 0 {
            throw .malformed("a wrapper in a wrapper")
        }
        let (sum, isBeyond) = written.addingReportingOverflow(offsetOfFirst)
        guard !isBeyond, sum > offset, sum <= lastOffset else { throw .malformed("offsets that do not go up") }
        body = whole
        message = next
        offset = sum
        timestamp = next.magic == 0 ? -1 : appendTimestamp ?? next.timestamp
        return true
    }

    public var hasKey: Bool { message?.key != nil }
    public var hasValue: Bool { message?.value != nil }

    /// The current message's key; nil for null. Valid until the next `next()`, as is the value.
    public var key: UnsafeRawBufferPointer? { message?.key.map { UnsafeRawBufferPointer(rebasing: body[$0]) } }
    /// The current message's value; nil for null.
    public var value: UnsafeRawBufferPointer? { message?.value.map { UnsafeRawBufferPointer(rebasing: body[$0]) } }

    /// The offset that counts as 0 in a wrapper of magic 1.
    private static func offsetOfFirst(
        _ codec: CompressionCodec, _ data: ByteSlice, lastOffset: Int64
    ) throws(RecordFault) -> Int64 {
        var stream = try RecordStream(codec, data, maxBodyBytes: 64)
        var last: Int64?
        while let (offset, size) = try prefix(&stream), try stream.pass(size) { last = offset }
        guard let last else { throw .malformed("a wrapper without messages") }
        let (difference, isBeyond) = lastOffset.subtractingReportingOverflow(last)
        guard !isBeyond, difference >= 0 else { throw .malformed("a wrapper's offset is before its last message's") }
        return difference
    }

    /// The offset and the size before a message; nil when no more is left.
    private static func prefix(_ stream: inout RecordStream) throws(RecordFault) -> (offset: Int64, size: Int)? {
        guard let bytes = try stream.take(LegacyMessage.prefixBytes) else { return nil }
        let offset = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        let size = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        guard size >= LegacyMessage.leastBytes else { throw .malformed("a message that is too short") }
        return (offset, Int(size))
    }
}
