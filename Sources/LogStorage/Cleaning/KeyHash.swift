// SipHash of a record's key: what the cleaner knows keys by.
//
// Sixteen bytes a key whatever its length. That two different keys have one hash by chance does not happen (2^64 keys
// would be needed for even odds). Kafka's cleaner takes MD5; SipHash-2-4 with 128 bits takes a fifth of the time, and
// since every cleaning draws its own secret nobody can make two keys of one hash on purpose, which of MD5 anybody can.

/// A key's hash.
struct KeyHash: Hashable, Sendable, BitwiseCopyable {
    let high: UInt64
    let low: UInt64
}

/// Hashes the keys of one cleaning with one secret (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
struct KeyHasher: Sendable {
    private let secret: (UInt64, UInt64)

    /// With a secret of its own.
    init() {
        self.init(secret: (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)))
    }

    init(secret: (UInt64, UInt64)) {
        self.secret = secret
    }

    func hash(_ key: UnsafeRawBufferPointer) -> KeyHash {
        var state = SipState(secret)
        let whole = key.count & ~7
        // The rest of the bytes, and the length in the highest byte.
        var last = UInt64(truncatingIfNeeded: key.count) << 56
        if let base = key.baseAddress {
            for offset in stride(from: 0, to: whole, by: 8) {
                state.add(UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
            for offset in whole..<key.count {
                last |= UInt64(base.load(fromByteOffset: offset, as: UInt8.self)) << UInt64((offset - whole) * 8)
            }
        }
        state.add(last)
        return state.finish()
    }
}

/// The four words of a SipHash under way.
private struct SipState {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    @inline(__always)
    init(_ secret: (UInt64, UInt64)) {
        v0 = secret.0 ^ 0x736F_6D65_7073_6575
        v1 = secret.1 ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        v2 = secret.0 ^ 0x6C79_6765_6E65_7261
        v3 = secret.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private static func turn(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v2 = v2 &+ v3
        v1 = Self.turn(v1, 13) ^ v0
        v3 = Self.turn(v3, 16) ^ v2
        v0 = Self.turn(v0, 32)
        v2 = v2 &+ v1
        v0 = v0 &+ v3
        v1 = Self.turn(v1, 17) ^ v2
        v3 = Self.turn(v3, 21) ^ v0
        v2 = Self.turn(v2, 32)
    }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    mutating func finish() -> KeyHash {
        v2 ^= 0xEE
        for _ in 0..<4 { round() }
        let high = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return KeyHash(high: high, low: v0 ^ v1 ^ v2 ^ v3)
    }
}
