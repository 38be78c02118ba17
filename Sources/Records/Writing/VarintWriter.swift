// Kafka's zigzag integers on their way out (see VarintReader for the form).

/// Writes forward through memory that its user made large enough.
struct VarintWriter {
    /// The largest `varint`, and the largest `varlong`.
    static let maxVarintBytes = 5
    static let maxVarlongBytes = 10

    private(set) var at: UnsafeMutableRawPointer

    init(_ start: UnsafeMutableRawPointer) {
        at = start
    }

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        at.storeBytes(of: value, as: UInt8.self)
        at += 1
    }

    @inline(__always)
    mutating func varint(_ value: Int32) {
        unsigned(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }

    @inline(__always)
    mutating func varlong(_ value: Int64) {
        unsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    @inline(__always)
    private mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    /// The bytes that `varint(value)` writes.
    @inline(__always)
    static func size(_ value: Int32) -> Int {
        sizeUnsigned(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }

    /// The bytes that `varlong(value)` writes.
    @inline(__always)
    static func size(_ value: Int64) -> Int {
        sizeUnsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    @inline(__always)
    private static func sizeUnsigned(_ value: UInt64) -> Int {
        (64 - (value | 1).leadingZeroBitCount + 6) / 7
    }
}
