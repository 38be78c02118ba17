// One message of magic 0 or 1, from its CRC on: the formats before record batches.
//
//  in the log  here size
//      0             8   offset: the message's, or of a wrapper that of the last message in it
//      8             4   size of what follows
//     12        0    4   CRC-32 of 16 ..< end
//     16        4    1   magic: 0 or 1
//     17        5    1   attributes: 0-2 codec, 3 timestamp type (magic 1)
//     18        6    8   timestamp, in magic 1 alone
//                    4   key length, negative: null
//                        key
//                    4   value length, negative: null
//                        value
//
// What follows the value is not looked at. With a codec the message is a wrapper: its value is a run of messages,
// compressed.

import Bytes

/// Where the parts of a message lie, as byte counts from its CRC.
struct LegacyMessage {
    /// Offset and size, which come before.
    static let prefixBytes = 12
    /// The smallest message: of magic 0, without key and value.
    static let leastBytes = 14

    let magic: Int8
    let attributes: UInt8
    /// As it stands there; -1 in magic 0, which has none.
    let timestamp: Int64
    /// nil: null.
    let key: Range<Int>?
    let value: Range<Int>?

    init(_ bytes: UnsafeRawBufferPointer) throws(RecordFault) {
        guard bytes.count >= Self.leastBytes else { throw .malformed("a message that is too short") }
        magic = bytes.load(fromByteOffset: 4, as: Int8.self)
        guard magic == 0 || magic == 1 else { throw .malformed("a message of a magic that is none") }
        attributes = bytes.load(fromByteOffset: 5, as: UInt8.self)
        var at = 6
        if magic == 1 {
            guard bytes.count >= Self.leastBytes + 8 else { throw .malformed("a message that is too short") }
            timestamp = Self.load(bytes, at)
            at += 8
        } else {
            timestamp = -1
        }
        key = try Self.field(bytes, &at)
        value = try Self.field(bytes, &at)
    }

    private static func load<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> T {
        T(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: T.self))
    }

    private static func field(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) throws(RecordFault) -> Range<Int>? {
        guard bytes.count - at >= 4 else { throw .malformed("a message cut short") }
        let length: Int32 = load(bytes, at)
        at += 4
        if length < 0 { return nil }
        guard Int(length) <= bytes.count - at else { throw .malformed("a message cut short") }
        defer { at += Int(length) }
        return at..<at + Int(length)
    }
}
