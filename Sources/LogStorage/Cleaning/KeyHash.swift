// MD5 of a record's key: what the cleaner knows keys by, as Kafka's does.
//
// Sixteen bytes a key whatever its length. That two different keys have one hash by chance does not happen (2^64 keys would
// be needed for even odds); that somebody makes two on purpose would cost them their own record, as in Kafka.

/// A key's MD5 (RFC 1321), in the order of its bytes.
struct KeyHash: Hashable, Sendable, BitwiseCopyable {
    let high: UInt64
    let low: UInt64

    /// Hashes `key`.
    init(_ key: UnsafeRawBufferPointer) {
        var state = Md5State()
        let whole = key.count & ~63
        if let base = key.baseAddress {
            for offset in stride(from: 0, to: whole, by: 64) { state.add(base + offset) }
        }
        // The rest, a bit 1, zeros, and the length in bits, little-endian.
        let rest = key.count - whole
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { tail in
            guard let start = tail.baseAddress else { return }
            let size = rest < 56 ? 64 : 128
            start.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            if rest > 0, let base = key.baseAddress { start.copyMemory(from: base + whole, byteCount: rest) }
            start.storeBytes(of: 0x80, toByteOffset: rest, as: UInt8.self)
            start.storeBytes(of: UInt64(key.count) << 3, toByteOffset: size - 8, as: UInt64.self)
            state.add(UnsafeRawPointer(start))
            if size == 128 { state.add(UnsafeRawPointer(start) + 64) }
        }
        high = UInt64(state.a.byteSwapped) << 32 | UInt64(state.b.byteSwapped)
        low = UInt64(state.c.byteSwapped) << 32 | UInt64(state.d.byteSwapped)
    }
}

/// The four words of an MD5 under way.
private struct Md5State {
    var a: UInt32 = 0x6745_2301
    var b: UInt32 = 0xEFCD_AB89
    var c: UInt32 = 0x98BA_DCFE
    var d: UInt32 = 0x1032_5476

    @inline(__always)
    private func word(_ block: UnsafeRawPointer, _ index: Int) -> UInt32 {
        UInt32(littleEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }

    @inline(__always)
    private static func turn(_ value: UInt32, _ bits: UInt32) -> UInt32 { value &<< bits | value &>> (32 &- bits) }

    @inline(__always)
    private static func f(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ x: UInt32, _ k: UInt32, _ s: UInt32
    ) -> UInt32 { turn(a &+ (b & c | ~b & d) &+ x &+ k, s) }

    @inline(__always)
    private static func g(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ x: UInt32, _ k: UInt32, _ s: UInt32
    ) -> UInt32 { turn(a &+ (b & d | c & ~d) &+ x &+ k, s) }

    @inline(__always)
    private static func h(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ x: UInt32, _ k: UInt32, _ s: UInt32
    ) -> UInt32 { turn(a &+ (b ^ c ^ d) &+ x &+ k, s) }

    @inline(__always)
    private static func i(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ x: UInt32, _ k: UInt32, _ s: UInt32
    ) -> UInt32 { turn(a &+ (c ^ (b | ~d)) &+ x &+ k, s) }

    /// Takes 64 bytes: four rounds of sixteen steps.
    mutating func add(_ at: UnsafeRawPointer) {
        let (oldA, oldB, oldC, oldD) = (a, b, c, d)
        firstRounds(at)
        lastRounds(at)
        a &+= oldA
        b &+= oldB
        c &+= oldC
        d &+= oldD
    }

    @inline(__always)
    private mutating func firstRounds(_ at: UnsafeRawPointer) {
        a = b &+ Self.f(a, b, c, d, word(at, 0), 0xD76AA478, 7)
        d = a &+ Self.f(d, a, b, c, word(at, 1), 0xE8C7B756, 12)
        c = d &+ Self.f(c, d, a, b, word(at, 2), 0x242070DB, 17)
        b = c &+ Self.f(b, c, d, a, word(at, 3), 0xC1BDCEEE, 22)
        a = b &+ Self.f(a, b, c, d, word(at, 4), 0xF57C0FAF, 7)
        d = a &+ Self.f(d, a, b, c, word(at, 5), 0x4787C62A, 12)
        c = d &+ Self.f(c, d, a, b, word(at, 6), 0xA8304613, 17)
        b = c &+ Self.f(b, c, d, a, word(at, 7), 0xFD469501, 22)
        a = b &+ Self.f(a, b, c, d, word(at, 8), 0x698098D8, 7)
        d = a &+ Self.f(d, a, b, c, word(at, 9), 0x8B44F7AF, 12)
        c = d &+ Self.f(c, d, a, b, word(at, 10), 0xFFFF5BB1, 17)
        b = c &+ Self.f(b, c, d, a, word(at, 11), 0x895CD7BE, 22)
        a = b &+ Self.f(a, b, c, d, word(at, 12), 0x6B901122, 7)
        d = a &+ Self.f(d, a, b, c, word(at, 13), 0xFD987193, 12)
        c = d &+ Self.f(c, d, a, b, word(at, 14), 0xA679438E, 17)
        b = c &+ Self.f(b, c, d, a, word(at, 15), 0x49B40821, 22)
        a = b &+ Self.g(a, b, c, d, word(at, 1), 0xF61E2562, 5)
        d = a &+ Self.g(d, a, b, c, word(at, 6), 0xC040B340, 9)
        c = d &+ Self.g(c, d, a, b, word(at, 11), 0x265E5A51, 14)
        b = c &+ Self.g(b, c, d, a, word(at, 0), 0xE9B6C7AA, 20)
        a = b &+ Self.g(a, b, c, d, word(at, 5), 0xD62F105D, 5)
        d = a &+ Self.g(d, a, b, c, word(at, 10), 0x02441453, 9)
        c = d &+ Self.g(c, d, a, b, word(at, 15), 0xD8A1E681, 14)
        b = c &+ Self.g(b, c, d, a, word(at, 4), 0xE7D3FBC8, 20)
        a = b &+ Self.g(a, b, c, d, word(at, 9), 0x21E1CDE6, 5)
        d = a &+ Self.g(d, a, b, c, word(at, 14), 0xC33707D6, 9)
        c = d &+ Self.g(c, d, a, b, word(at, 3), 0xF4D50D87, 14)
        b = c &+ Self.g(b, c, d, a, word(at, 8), 0x455A14ED, 20)
        a = b &+ Self.g(a, b, c, d, word(at, 13), 0xA9E3E905, 5)
        d = a &+ Self.g(d, a, b, c, word(at, 2), 0xFCEFA3F8, 9)
        c = d &+ Self.g(c, d, a, b, word(at, 7), 0x676F02D9, 14)
        b = c &+ Self.g(b, c, d, a, word(at, 12), 0x8D2A4C8A, 20)
    }

    @inline(__always)
    private mutating func lastRounds(_ at: UnsafeRawPointer) {
        a = b &+ Self.h(a, b, c, d, word(at, 5), 0xFFFA3942, 4)
        d = a &+ Self.h(d, a, b, c, word(at, 8), 0x8771F681, 11)
        c = d &+ Self.h(c, d, a, b, word(at, 11), 0x6D9D6122, 16)
        b = c &+ Self.h(b, c, d, a, word(at, 14), 0xFDE5380C, 23)
        a = b &+ Self.h(a, b, c, d, word(at, 1), 0xA4BEEA44, 4)
        d = a &+ Self.h(d, a, b, c, word(at, 4), 0x4BDECFA9, 11)
        c = d &+ Self.h(c, d, a, b, word(at, 7), 0xF6BB4B60, 16)
        b = c &+ Self.h(b, c, d, a, word(at, 10), 0xBEBFBC70, 23)
        a = b &+ Self.h(a, b, c, d, word(at, 13), 0x289B7EC6, 4)
        d = a &+ Self.h(d, a, b, c, word(at, 0), 0xEAA127FA, 11)
        c = d &+ Self.h(c, d, a, b, word(at, 3), 0xD4EF3085, 16)
        b = c &+ Self.h(b, c, d, a, word(at, 6), 0x04881D05, 23)
        a = b &+ Self.h(a, b, c, d, word(at, 9), 0xD9D4D039, 4)
        d = a &+ Self.h(d, a, b, c, word(at, 12), 0xE6DB99E5, 11)
        c = d &+ Self.h(c, d, a, b, word(at, 15), 0x1FA27CF8, 16)
        b = c &+ Self.h(b, c, d, a, word(at, 2), 0xC4AC5665, 23)
        a = b &+ Self.i(a, b, c, d, word(at, 0), 0xF4292244, 6)
        d = a &+ Self.i(d, a, b, c, word(at, 7), 0x432AFF97, 10)
        c = d &+ Self.i(c, d, a, b, word(at, 14), 0xAB9423A7, 15)
        b = c &+ Self.i(b, c, d, a, word(at, 5), 0xFC93A039, 21)
        a = b &+ Self.i(a, b, c, d, word(at, 12), 0x655B59C3, 6)
        d = a &+ Self.i(d, a, b, c, word(at, 3), 0x8F0CCC92, 10)
        c = d &+ Self.i(c, d, a, b, word(at, 10), 0xFFEFF47D, 15)
        b = c &+ Self.i(b, c, d, a, word(at, 1), 0x85845DD1, 21)
        a = b &+ Self.i(a, b, c, d, word(at, 8), 0x6FA87E4F, 6)
        d = a &+ Self.i(d, a, b, c, word(at, 15), 0xFE2CE6E0, 10)
        c = d &+ Self.i(c, d, a, b, word(at, 6), 0xA3014314, 15)
        b = c &+ Self.i(b, c, d, a, word(at, 13), 0x4E0811A1, 21)
        a = b &+ Self.i(a, b, c, d, word(at, 4), 0xF7537E82, 6)
        d = a &+ Self.i(d, a, b, c, word(at, 11), 0xBD3AF235, 10)
        c = d &+ Self.i(c, d, a, b, word(at, 2), 0x2AD7D2BB, 15)
        b = c &+ Self.i(b, c, d, a, word(at, 9), 0xEB86D391, 21)
    }
}
