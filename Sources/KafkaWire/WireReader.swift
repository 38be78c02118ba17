// Reading Kafka's primitive types. Whatever the bytes are, reading them gives a value or throws; it never traps.

import Bytes

/// A position in bytes that came from outside.
///
/// Every length is checked against what is left before memory is taken for it. Odd bytes that Kafka's own classes take
/// are taken here too: a null written as -7, a varint padded with zeros, a negative number of tagged fields, a tag that
/// comes twice. Where a read throws, Kafka 4.3.1 closes the connection without an answer. What is left over after a
/// message it ignores, at every version, and answers as if it were not there; so nothing here asks for the end.
///
/// The reads of single values are never inlined, nor are the writer's: 739 layouts call them, a call costs next to
/// nothing beside the system call that brought the bytes, and the program is a quarter smaller and sooner built.
public struct WireReader {
    /// What is read from.
    public let bytes: ByteSlice
    /// The first byte of `bytes`. Valid because `bytes` keeps its storage alive.
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline var offset: Int
    /// The number of bytes in all.
    @usableFromInline let end: Int
    /// What the elements of the message's arrays may still take.
    @usableFromInline var elementMemoryBytes: Int

    /// The memory that the elements of all arrays of a message may take together. An element may be two bytes on the
    /// wire and a hundred times as much when it is read: without a bound, a request of `socket.request.max.bytes` would
    /// become gigabytes. Kafka's bound is its heap, and what goes beyond it closes the connection there too. It is room
    /// for some hundred thousand partitions; records are no elements, they stay where they are.
    @inlinable
    public static var maxElementMemoryBytes: Int { 64 << 20 }

    @inlinable
    public init(_ bytes: ByteSlice) {
        self.bytes = bytes
        base = UnsafeRawPointer(bytes.base)
        offset = 0
        end = bytes.count
        elementMemoryBytes = Self.maxElementMemoryBytes
    }

    /// The number of bytes read so far.
    @inlinable
    public var position: Int { offset }

    /// The number of bytes not read yet.
    @inlinable
    public var remaining: Int { end &- offset }

    @usableFromInline @inline(never)
    func truncated(_ wanted: Int) -> WireError {
        WireError(.truncated, "\(wanted) bytes wanted at offset \(position), \(remaining) are left")
    }

    /// Notes that `count` elements of `strideBytes` are about to be read. The count is at most that of the bytes left,
    /// so the product is far from overflowing.
    @inlinable
    mutating func takeMemory(_ count: Int, strideBytes: Int) throws(WireError) {
        let wanted = count &* strideBytes
        guard wanted <= elementMemoryBytes else { throw tooMuchMemory(count) }
        elementMemoryBytes &-= wanted
    }

    @usableFromInline @inline(never)
    func tooMuchMemory(_ count: Int) -> WireError {
        WireError(
            .tooManyElements,
            "\(count) elements before offset \(position) would take more than the \(elementMemoryBytes) bytes left for them"
        )
    }

    /// Moves over `count` bytes and gives the offset they begin at.
    @inlinable
    mutating func advance(_ count: Int) throws(WireError) -> Int {
        guard count <= end &- offset else { throw truncated(count) }
        let start = offset
        offset = start &+ count
        return start
    }

    /// Moves over `count` bytes without reading them.
    @inline(never)
    public mutating func skip(_ count: Int) throws(WireError) {
        guard count >= 0 else { throw WireError(.invalidLength, "a length of \(count)") }
        _ = try advance(count)
    }

    /// The next `count` bytes, over the same memory.
    @inline(never)
    public mutating func readSlice(_ count: Int) throws(WireError) -> ByteSlice {
        guard count >= 0 else { throw WireError(.invalidLength, "a length of \(count)") }
        let start = try advance(count)
        return bytes.slice(from: start, count: count)
    }
}

// Integers are big-endian and of fixed size.
extension WireReader {
    @inlinable
    mutating func readInteger<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(WireError) -> T {
        let start = try advance(MemoryLayout<T>.size)
        return T(bigEndian: base.loadUnaligned(fromByteOffset: start, as: T.self))
    }

    @inline(never)
    public mutating func readInt8() throws(WireError) -> Int8 { try readInteger(Int8.self) }

    @inline(never)
    public mutating func readInt16() throws(WireError) -> Int16 { try readInteger(Int16.self) }

    @inline(never)
    public mutating func readInt32() throws(WireError) -> Int32 { try readInteger(Int32.self) }

    @inline(never)
    public mutating func readInt64() throws(WireError) -> Int64 { try readInteger(Int64.self) }

    @inline(never)
    public mutating func readUInt16() throws(WireError) -> UInt16 { try readInteger(UInt16.self) }

    @inline(never)
    public mutating func readUInt32() throws(WireError) -> UInt32 { try readInteger(UInt32.self) }

    /// An IEEE 754 double, big-endian.
    @inline(never)
    public mutating func readFloat64() throws(WireError) -> Double {
        Double(bitPattern: try readInteger(UInt64.self))
    }

    /// One byte; anything but zero is true.
    @inline(never)
    public mutating func readBool() throws(WireError) -> Bool { try readInteger(Int8.self) != 0 }

    @inline(never)
    public mutating func readUuid() throws(WireError) -> Uuid {
        let high = try readInteger(UInt64.self)
        return Uuid(mostSignificantBits: high, leastSignificantBits: try readInteger(UInt64.self))
    }
}

// Variable-length integers: seven bits a byte, the least significant first, the top bit set on all but the last byte.
//
//   300 = 1_0010_1100b  ->  1010_1100 0000_0010
extension WireReader {
    /// At most five bytes. Bits above the 32nd are dropped, as Kafka drops them.
    @inline(never)
    public mutating func readUnsignedVarint() throws(WireError) -> UInt32 {
        let first = try readInteger(UInt8.self)
        if first < 0x80 { return UInt32(first) }
        return try readLongerVarint(first)
    }

    @usableFromInline
    mutating func readLongerVarint(_ first: UInt8) throws(WireError) -> UInt32 {
        var value = UInt32(first & 0x7F)
        var shift: UInt32 = 7
        while shift <= 28 {
            let byte = try readInteger(UInt8.self)
            value |= UInt32(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw WireError(.endlessVarint, "a varint of more than 5 bytes before offset \(position)")
    }

    /// A zigzag varint: 0, -1, 1, -2 … are written as 0, 1, 2, 3 …
    @inline(never)
    public mutating func readVarint() throws(WireError) -> Int32 {
        let value = try readUnsignedVarint()
        return Int32(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
    }

    /// At most ten bytes. Bits above the 64th are dropped, as Kafka drops them.
    public mutating func readUnsignedVarlong() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift <= 63 {
            let byte = try readInteger(UInt8.self)
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw WireError(.endlessVarint, "a varlong of more than 10 bytes before offset \(position)")
    }

    /// A zigzag varint of 64 bits.
    public mutating func readVarlong() throws(WireError) -> Int64 {
        let value = try readUnsignedVarlong()
        return Int64(bitPattern: (value &>> 1) ^ (0 &- (value & 1)))
    }
}
