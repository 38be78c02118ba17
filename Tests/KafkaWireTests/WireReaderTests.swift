// What the reader takes, what it refuses, and that it takes no memory for what is only claimed. Where the bytes are
// odd, the expectation is what Apache Kafka 4.3.1 answered.

import Bytes
import KafkaWire
import Testing

@Suite struct WireReaderTests {
    private func reader(_ bytes: [UInt8]) -> WireReader { WireReader(ByteSlice(copying: bytes)) }

    /// The kind of error that `body` ends with, if any.
    private func refusal(_ bytes: [UInt8], _ body: (inout WireReader) throws(WireError) -> Void) -> WireError.Kind? {
        var reader = reader(bytes)
        do {
            try body(&reader)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func `integers are big-endian`() throws {
        var reader = reader([0xFF, 1, 2, 0x80, 0, 0, 0, 0xFF, 0xFF, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 7])
        #expect(try reader.readInt8() == -1)
        #expect(try reader.readInt16() == 0x0102)
        #expect(try reader.readInt32() == .min)
        #expect(try reader.readUInt16() == 0xFFFF)
        #expect(try reader.readFloat64() == 1.5)
        #expect(try reader.readBool())
        #expect(reader.remaining == 0)
        #expect(reader.position == 18)
    }

    @Test func `varints of every size read back`() throws {
        let values: [Int64] = [0, 1, -1, 63, 64, -64, -65, 300, 1 << 20, -1 << 31, 1 << 40, .max, .min]
        var writer = WireWriter()
        for value in values {
            writer.writeVarlong(value)
            writer.writeVarint(Int32(truncatingIfNeeded: value))
            writer.writeUnsignedVarint(UInt32(truncatingIfNeeded: value))
            writer.writeUnsignedVarlong(UInt64(bitPattern: value))
        }
        var reader = WireReader(writer.finishBytes())
        for value in values {
            #expect(try reader.readVarlong() == value)
            #expect(try reader.readVarint() == Int32(truncatingIfNeeded: value))
            #expect(try reader.readUnsignedVarint() == UInt32(truncatingIfNeeded: value))
            #expect(try reader.readUnsignedVarlong() == UInt64(bitPattern: value))
        }
        #expect(reader.remaining == 0)
    }

    @Test func `a varint may be padded with zeros but not go on for ever`() throws {
        var padded = reader([0x81, 0x80, 0x80, 0x80, 0])
        #expect(try padded.readUnsignedVarint() == 1)
        #expect(
            refusal([UInt8](repeating: 0xFF, count: 9)) { (r) throws(WireError) in
                _ = try r.readUnsignedVarint()
            } == .endlessVarint)
        #expect(
            refusal([UInt8](repeating: 0xFF, count: 20)) { (r) throws(WireError) in
                _ = try r.readVarlong()
            } == .endlessVarint)
        #expect(refusal([0x80, 0x80]) { (r) throws(WireError) in _ = try r.readVarint() } == .truncated)
    }

    @Test func `bits above the last of a varint are dropped`() throws {
        var five = reader([0x80, 0x80, 0x80, 0x80, 0x7F])
        #expect(try five.readUnsignedVarint() == 0xF000_0000)
        var ten = reader([UInt8](repeating: 0x80, count: 9) + [0x7F])
        #expect(try ten.readUnsignedVarlong() == 1 << 63)
    }

    @Test(arguments: [[0xFF, 0xFF], [0xFF, 0xF9], [0x80, 0]] as [[UInt8]])
    func `any negative length is a null`(bytes: [UInt8]) throws {
        var nullable = reader(bytes)
        #expect(try nullable.readNullableString("x", flexible: false) == nil)
        #expect(
            refusal(bytes) { (r) throws(WireError) in _ = try r.readString("x", flexible: false) }
                == .unexpectedNull)
    }

    @Test func `compact lengths wrap as Java's do`() throws {
        // 0 is null; 2^32 - 1 is -2, a null too; 2^31 is the largest length there is.
        for bytes in [[0], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]] as [[UInt8]] {
            var nullable = reader(bytes)
            #expect(try nullable.readNullableIntegers("x", Int32.self, flexible: true) == nil)
        }
        #expect(
            refusal([0x80, 0x80, 0x80, 0x80, 0x08]) { (r) throws(WireError) in
                _ = try r.readNullableIntegers("x", Int32.self, flexible: true)
            } == .tooManyElements)
    }

    @Test func `an array of more elements than bytes is refused before memory is taken`() {
        let claim: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 1, 2, 3]
        #expect(
            refusal(claim) { (r) throws(WireError) in _ = try r.readStrings("x", flexible: false) }
                == .tooManyElements)
        #expect(refusal(claim) { (r) throws(WireError) in _ = try r.readBytes("x", flexible: false) } == .truncated)
        #expect(refusal(claim) { (r) throws(WireError) in _ = try r.readRecords("x", flexible: false) } == .truncated)
        // Not more elements than bytes, but more than the bytes hold.
        #expect(
            refusal([0, 0, 0, 4, 1, 2, 3, 4]) { (r) throws(WireError) in
                _ = try r.readIntegers("x", Int64.self, flexible: false)
            } == .truncated)
        #expect(
            refusal([0, 0, 0, 4, 1, 2, 3, 4]) { (r) throws(WireError) in
                _ = try r.readUuids("x", flexible: false)
            } == .truncated)
    }

    @Test func `a string of more than 32767 bytes is refused although a compact length could say it`() throws {
        var writer = WireWriter()
        writer.writeUnsignedVarint(32_769)
        writer.writeRaw(ByteSlice(copying: [UInt8](repeating: 0x61, count: 40_000)))
        let bytes = writer.finishBytes().array
        #expect(
            refusal(bytes) { (r) throws(WireError) in _ = try r.readString("x", flexible: true) }
                == .invalidLength)
        var longest = WireWriter()
        longest.writeString(String(repeating: "a", count: 32_767), flexible: true)
        var reader = WireReader(longest.finishBytes())
        #expect(try reader.readString("x", flexible: true).utf8.count == 32_767)
    }

    /// Bytes, and the UTF-8 of the string that Java makes of them.
    @Test(arguments: [
        ("41c3a942", "41c3a942"), ("80df", "efbfbdefbfbd"), ("bdc1c090", "efbfbdefbfbdefbfbdefbfbd"),
        ("41f4bb9f", "41efbfbdefbfbdefbfbd"), ("f8e0bda0", "efbfbde0bda0"), ("ed00", "efbfbd00"),
        ("eddfbd808f", "efbfbddfbdefbfbdefbfbd"), ("80edbd", "efbfbdefbfbd"), ("edbbbd", "efbfbd"),
        ("edbb7fef9090", "efbfbd7fef9090"), ("edbf", "efbfbd"), ("ededbbc100", "efbfbdefbfbdefbfbd00"),
        ("f0c0feedbbbd", "efbfbdefbfbdefbfbdefbfbd"), ("edbffee180f5f0", "efbfbdefbfbdefbfbdefbfbdefbfbd"),
    ])
    func `bad UTF-8 is repaired as Java repairs it`(bytes: String, expected: String) throws {
        let raw = Self.bytes(bytes)
        var reader = reader([0, UInt8(raw.count)] + raw)
        #expect(try Array(reader.readString("x", flexible: false).utf8) == Self.bytes(expected))
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test func `tagged fields may be a negative number, come twice, and must be whole`() throws {
        var negative = reader([0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
        #expect(try negative.readUnknownTaggedFields() == [])
        var twice = reader([2, 5, 2, 0x61, 0x62, 5, 1, 0x61])
        let expected = [RawTaggedField(tag: 5, data: [0x61, 0x62]), RawTaggedField(tag: 5, data: [0x61])]
        #expect(try twice.readUnknownTaggedFields() == expected)
        #expect(
            refusal([1, 5, 9, 0x61]) { (r) throws(WireError) in _ = try r.readUnknownTaggedFields() }
                == .truncated)
        #expect(
            refusal([1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) { (r) throws(WireError) in
                _ = try r.readUnknownTaggedFields()
            } == .truncated)
    }

    @Test func `records lie in the memory that was read`() throws {
        let frame = ByteSlice(copying: [0, 0, 0, 3, 7, 8, 9, 1])
        var reader = WireReader(frame)
        guard case .bytes(let records) = try reader.readRecords("x", flexible: false) else { return }
        #expect(records.storage === frame.storage)
        #expect(records.array == [7, 8, 9])
        #expect(reader.remaining == 1)
    }

    @Test func `slices and skips of a negative or too large size are refused`() {
        for size in [-1, 5, Int.max, Int.min] {
            #expect(refusal([1, 2, 3, 4]) { (r) throws(WireError) in _ = try r.readSlice(size) } != nil)
            #expect(refusal([1, 2, 3, 4]) { (r) throws(WireError) in try r.skip(size) } != nil)
        }
    }

    @Test func `arrays whose elements would take too much memory together are refused`() throws {
        // Strings of no bytes: one byte on the wire, and sixteen when they are read.
        let limit = WireReader.maxElementMemoryBytes / MemoryLayout<String>.stride
        let zeros = [UInt8](repeating: 0, count: 2 * (limit + 1))
        func strings(_ reader: inout WireReader) throws(WireError) -> Int {
            try reader.readStrings("names", flexible: false).count
        }
        func bytes(_ counts: [Int]) -> [UInt8] {
            counts.flatMap { count in withUnsafeBytes(of: Int32(count).bigEndian, Array.init) + zeros[..<(2 * count)] }
        }
        var most = reader(bytes([limit]))
        #expect(try strings(&most) == limit)
        #expect(
            refusal(bytes([limit + 1])) { reader throws(WireError) in _ = try strings(&reader) } == .tooManyElements)
        // The bound is that of the message, not of the array.
        let kind = refusal(bytes([limit / 2, limit / 2 + 1])) { reader throws(WireError) in
            _ = try strings(&reader)
            _ = try strings(&reader)
        }
        #expect(kind == .tooManyElements)
    }
}
