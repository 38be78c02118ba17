// Where the parts of one record lie.
//
//  length            varint   the bytes after itself
//  attributes        int8     unused
//  timestampDelta    varlong  to the batch's baseTimestamp
//  offsetDelta       varint   to the batch's baseOffset
//  keyLength         varint   negative: null
//  key
//  valueLength       varint   negative: null
//  value
//  header count      varint
//    key length      varint   not negative
//    key             UTF-8
//    value length    varint   negative: null
//    value

/// The parts of one record, as byte counts from the start of its body (what follows `length`).
struct RecordLayout {
    var attributes: UInt8 = 0
    var timestampDelta: Int64 = 0
    var offsetDelta: Int32 = 0
    /// Negative: null.
    var keyLength: Int32 = -1
    /// Negative: null.
    var valueLength: Int32 = -1
    var headerCount: Int32 = 0
    var keyStart = 0
    var valueStart = 0
    /// Where the first header begins.
    var headersStart = 0

    /// Reads the body that is `count` bytes from `start` on; false when it is not exactly one record's body.
    @inline(__always)
    mutating func read(_ start: UnsafeRawPointer, count: Int) -> Bool {
        var reader = VarintReader(start, count: count)
        attributes = reader.byte()
        timestampDelta = reader.varlong()
        offsetDelta = reader.varint()
        keyLength = reader.varint()
        keyStart = reader.at - start
        reader.skip(keyLength)
        valueLength = reader.varint()
        valueStart = reader.at - start
        reader.skip(valueLength)
        headerCount = reader.varint()
        headersStart = reader.at - start
        if headerCount != 0 { Self.skipHeaders(headerCount, &reader) }
        return !reader.isBad && reader.remaining == 0 && headerCount >= 0
    }

    /// The key in the body that was read; nil for null.
    @inline(__always)
    func key(in body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        keyLength < 0 ? nil : UnsafeRawBufferPointer(rebasing: body[keyStart..<keyStart + Int(keyLength)])
    }

    /// The value in the body that was read; nil for null.
    @inline(__always)
    func value(in body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        valueLength < 0 ? nil : UnsafeRawBufferPointer(rebasing: body[valueStart..<valueStart + Int(valueLength)])
    }

    private static func skipHeaders(_ count: Int32, _ reader: inout VarintReader) {
        guard count > 0, Int(count) <= reader.remaining else {
            reader.skip(.max)
            return
        }
        for _ in 0..<count {
            let keyLength = reader.varint()
            // A header's key is never null.
            if keyLength < 0 || reader.isBad { return reader.skip(.max) }
            reader.skip(keyLength)
            reader.skip(reader.varint())
        }
    }
}
