// xxHash, 32 bits: what LZ4's frames are checked with. https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

/// The 32-bit xxHash with seed 0.
enum XxHash32 {
    private static let prime1: UInt32 = 2_654_435_761
    private static let prime2: UInt32 = 2_246_822_519
    private static let prime3: UInt32 = 3_266_489_917
    private static let prime4: UInt32 = 668_265_263
    private static let prime5: UInt32 = 374_761_393

    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var at = 0
        var hash: UInt32
        if bytes.count >= 16 {
            var lanes: (UInt32, UInt32, UInt32, UInt32) = (prime1 &+ prime2, prime2, 0, 0 &- prime1)
            while bytes.count - at >= 16 {
                lanes.0 = mix(lanes.0, word(bytes, at))
                lanes.1 = mix(lanes.1, word(bytes, at + 4))
                lanes.2 = mix(lanes.2, word(bytes, at + 8))
                lanes.3 = mix(lanes.3, word(bytes, at + 12))
                at += 16
            }
            hash = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
        } else {
            hash = prime5
        }
        hash = hash &+ UInt32(truncatingIfNeeded: bytes.count)
        while bytes.count - at >= 4 {
            hash = rotate(hash &+ word(bytes, at) &* prime3, 17) &* prime4
            at += 4
        }
        while at < bytes.count {
            hash = rotate(hash &+ UInt32(bytes[at]) &* prime5, 11) &* prime1
            at += 1
        }
        hash = (hash ^ hash >> 15) &* prime2
        hash = (hash ^ hash >> 13) &* prime3
        return hash ^ hash >> 16
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func mix(_ lane: UInt32, _ word: UInt32) -> UInt32 {
        rotate(lane &+ word &* prime2, 13) &* prime1
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }
}
