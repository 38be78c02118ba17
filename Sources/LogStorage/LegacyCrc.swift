// Messages of magic 0 and 1, as logs of old Kafka versions may still hold: only to know whether they are intact.
//
//      0  int64  offset
//      8  int32  size of what follows
//     12  uint32 CRC-32 (IEEE) of 16 ..< end
//     16  int8   magic
//
// They are kept and passed on as they are; nothing of them is opened.

/// CRC-32 as in zlib, a byte at a time: old messages are rare.
struct LegacyCrc {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { state = Self.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
    }
}

extension BatchPosition {
    /// The CRC of a message of magic 0 or 1: it stands where a newer batch has its leader epoch.
    var legacyCrc: UInt32 { UInt32(bitPattern: header.partitionLeaderEpoch) }
}
