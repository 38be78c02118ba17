// Variable-length integers out of raw memory, for the loops that go over every record.
//
// Kafka's zigzag forms: `varint` is 1-5 bytes, `varlong` 1-10, seven bits a byte from the lowest, the top bit set on
// all but the last. Bits beyond 32 or 64 are dropped, as Kafka's `ByteUtils` drops them.

/// Reads forward through memory. A read past the end, or of an integer without end, makes the reader bad for good and
/// gives 0, so that a loop may read a whole record and look once.
struct VarintReader {
    /// The next byte.
    private(set) var at: UnsafeRawPointer
    /// One past the last byte.
    let end: UnsafeRawPointer
    private(set) var isBad = false

    init(_ start: UnsafeRawPointer, count: Int) {
        at = start
        end = start + count
    }

    var remaining: Int { end - at }

    @inline(__always)
    mutating func byte() -> UInt8 {
        guard at < end else {
            isBad = true
            return 0
        }
        let value = at.load(as: UInt8.self)
        at += 1
        return value
    }

    /// Passes over `count` bytes; a negative count is no bytes (null).
    @inline(__always)
    mutating func skip(_ count: Int32) {
        guard count > 0 else { return }
        guard Int(count) <= remaining else {
            isBad = true
            at = end
            return
        }
        at += Int(count)
    }

    @inline(__always)
    mutating func varint() -> Int32 {
        if at < end {
            let first = at.load(as: UInt8.self)
            if first < 0x80 {
                at += 1
                return Int32(first >> 1) ^ -Int32(first & 1)
            }
        }
        return longVarint()
    }

    private mutating func longVarint() -> Int32 {
        var raw: UInt32 = 0
        var shift: UInt32 = 0
        while shift < 35 {
            let next = byte()
            if isBad { return 0 }
            raw |= UInt32(next & 0x7F) << shift
            if next < 0x80 { return Int32(bitPattern: raw >> 1) ^ -Int32(bitPattern: raw & 1) }
            shift += 7
        }
        isBad = true
        return 0
    }

    @inline(__always)
    mutating func varlong() -> Int64 {
        if at < end {
            let first = at.load(as: UInt8.self)
            if first < 0x80 {
                at += 1
                return Int64(first >> 1) ^ -Int64(first & 1)
            }
        }
        return longVarlong()
    }

    private mutating func longVarlong() -> Int64 {
        var raw: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            let next = byte()
            if isBad { return 0 }
            raw |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1) }
            shift += 7
        }
        isBad = true
        return 0
    }
}
