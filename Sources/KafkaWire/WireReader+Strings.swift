// Reading strings, bytes and records: a length, then that many bytes.
//
//              length as            null is
//   flexible   unsigned varint + 1  0
//   else       int16 (string)       negative
//              int32 (bytes)        negative

import Bytes

extension WireReader {
    /// The length that a compact value begins with: one less than what is written, and Java's wrapping 32-bit
    /// arithmetic on top of it, so that 2^31 is the largest length and everything above it is a null.
    @inlinable
    mutating func readCompactLength() throws(WireError) -> Int {
        let written = try readUnsignedVarint()
        return Int(Int32(bitPattern: written) &- 1)
    }

    @usableFromInline @inline(never)
    func unexpectedNull(_ field: StaticString) -> WireError {
        WireError(.unexpectedNull, "non-nullable field \(field) is null before offset \(position)")
    }

    // Strings

    /// Nil for a null.
    @usableFromInline
    mutating func readStringLength(_ field: StaticString, flexible: Bool) throws(WireError) -> Int? {
        let length = flexible ? try readCompactLength() : Int(try readInt16())
        if length < 0 { return nil }
        // A flexible version could write longer ones; Kafka refuses to read them.
        guard length <= 0x7FFF else {
            throw WireError(.invalidLength, "string field \(field) has a length of \(length)")
        }
        return length
    }

    /// Bytes that are no UTF-8 are repaired as Java repairs them.
    @usableFromInline
    mutating func readText(_ length: Int) throws(WireError) -> String {
        let start = try advance(length)
        let utf8 = UnsafeBufferPointer(
            start: (base + start).assumingMemoryBound(to: UInt8.self), count: length)
        // Nearly every text is ASCII, which needs no validation of Unicode's rules.
        if utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: utf8, as: UTF8.self) }
        return String(validating: utf8, as: UTF8.self) ?? Self.repaired(utf8)
    }

    /// Swift and Java put U+FFFD in the same places, but for surrogates, which Java takes for one bad character (ED,
    /// A0 to BF, and a continuation byte if there is one) where Swift sees two or three.
    private static func repaired(_ utf8: UnsafeBufferPointer<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count + 2)
        var index = 0
        while index < utf8.count {
            guard utf8[index] == 0xED, index + 1 < utf8.count, 0xA0...0xBF ~= utf8[index + 1] else {
                bytes.append(utf8[index])
                index += 1
                continue
            }
            bytes += [0xEF, 0xBF, 0xBD]
            index += 2
            if index < utf8.count, 0x80...0xBF ~= utf8[index] { index += 1 }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public mutating func readString(_ field: StaticString, flexible: Bool) throws(WireError) -> String {
        guard let length = try readStringLength(field, flexible: flexible) else { throw unexpectedNull(field) }
        return try readText(length)
    }

    public mutating func readNullableString(_ field: StaticString, flexible: Bool) throws(WireError) -> String? {
        guard let length = try readStringLength(field, flexible: flexible) else { return nil }
        return try readText(length)
    }

    // Bytes

    /// The length of bytes or records. Nil for a null.
    @usableFromInline
    mutating func readBytesLength(flexible: Bool) throws(WireError) -> Int? {
        let length = flexible ? try readCompactLength() : Int(try readInt32())
        return length < 0 ? nil : length
    }

    /// A copy of the next `count` bytes.
    @usableFromInline
    mutating func readArray(_ count: Int) throws(WireError) -> [UInt8] {
        let start = try advance(count)
        return [UInt8](UnsafeRawBufferPointer(start: base + start, count: count))
    }

    public mutating func readBytes(_ field: StaticString, flexible: Bool) throws(WireError) -> [UInt8] {
        guard let length = try readBytesLength(flexible: flexible) else { throw unexpectedNull(field) }
        return try readArray(length)
    }

    public mutating func readNullableBytes(_ field: StaticString, flexible: Bool) throws(WireError) -> [UInt8]? {
        guard let length = try readBytesLength(flexible: flexible) else { return nil }
        return try readArray(length)
    }

    // Records: over the memory that is read from, without a copy.

    public mutating func readRecords(_ field: StaticString, flexible: Bool) throws(WireError) -> RecordsPayload {
        guard let length = try readBytesLength(flexible: flexible) else { throw unexpectedNull(field) }
        return .bytes(try readSlice(length))
    }

    public mutating func readNullableRecords(
        _ field: StaticString, flexible: Bool
    ) throws(WireError) -> RecordsPayload? {
        guard let length = try readBytesLength(flexible: flexible) else { return nil }
        return .bytes(try readSlice(length))
    }
}
