// Messages of magic 0 and 1, written by hand.

import Bytes

@testable import Records

/// A message as a test describes it.
struct LegacySample: Hashable {
    var offset: Int64
    var key: String?
    var value: String?
    /// -1 in magic 0.
    var timestamp: Int64 = -1
}

enum LegacyBytes {
    static func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func sized(_ bytes: [UInt8]?) -> [UInt8] {
        bytes.map { big(Int32($0.count)) + $0 } ?? big(Int32(-1))
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    /// By the IEEE polynomial, a byte at a time: not as the product takes it.
    static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var state = UInt32.max
        for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
        return ~state
    }

    static func message(
        magic: UInt8, offset: Int64, attributes: UInt8 = 0, timestamp: Int64 = -1, key: [UInt8]?, value: [UInt8]?
    ) -> [UInt8] {
        var body = [magic, attributes]
        if magic == 1 { body += big(timestamp) }
        body += sized(key) + sized(value)
        return big(offset) + big(Int32(4 + body.count)) + big(crc(body)) + body
    }

    static func message(magic: UInt8, _ sample: LegacySample, attributes: UInt8 = 0, minus base: Int64 = 0) -> [UInt8] {
        message(
            magic: magic, offset: sample.offset - base, attributes: attributes, timestamp: sample.timestamp,
            key: sample.key.map { Array($0.utf8) }, value: sample.value.map { Array($0.utf8) })
    }

    /// A wrapper around `inner`.
    static func wrapper(
        magic: UInt8, codec: CompressionCodec, offset: Int64, timestamp: Int64 = -1, isStamped: Bool = false,
        inner: [UInt8], change: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
        var data = compress(codec, inner)
        change(&data)
        return message(
            magic: magic, offset: offset, attributes: codec.rawValue | (isStamped ? 8 : 0), timestamp: timestamp,
            key: nil, value: data)
    }

    /// The samples in one wrapper, as a broker of that time stored them.
    static func wrapper(
        magic: UInt8, codec: CompressionCodec, _ samples: [LegacySample], stampedMs: Int64? = nil
    ) -> [UInt8] {
        let base = magic == 1 ? samples[0].offset : 0
        return wrapper(
            magic: magic, codec: codec, offset: samples[samples.count - 1].offset,
            timestamp: stampedMs ?? samples.map(\.timestamp).max() ?? -1, isStamped: stampedMs != nil,
            inner: samples.flatMap { message(magic: magic, $0, minus: base) })
    }

    static func compress(_ codec: CompressionCodec, _ bytes: [UInt8]) -> [UInt8] {
        let lease = codec.leaseCompressor()
        var output = OutputBytes(reserving: 64)
        lease.context.start(level: codec.defaultLevel, expectedBytes: nil, into: &output)
        bytes.withUnsafeBytes { lease.context.write($0, into: &output) }
        lease.context.finish(into: &output)
        return output.slice.array
    }

    /// Puts the right CRC over a message's bytes.
    static func seal(_ message: inout [UInt8]) {
        message.replaceSubrange(12..<16, with: big(crc(message[16...])))
    }
}
