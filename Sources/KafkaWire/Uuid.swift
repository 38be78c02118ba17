// Kafka's 16-byte ids: topics, directories, clusters. KIP-516.

/// A UUID as Kafka keeps it: two big-endian 64-bit halves.
public struct Uuid: Hashable, Sendable {
    public let mostSignificantBits: UInt64
    public let leastSignificantBits: UInt64

    @inlinable
    public init(mostSignificantBits: UInt64, leastSignificantBits: UInt64) {
        self.mostSignificantBits = mostSignificantBits
        self.leastSignificantBits = leastSignificantBits
    }

    /// All zero: no id.
    public static let zero = Uuid(mostSignificantBits: 0, leastSignificantBits: 0)
    /// The id of `__cluster_metadata`.
    public static let metadataTopicId = Uuid(mostSignificantBits: 0, leastSignificantBits: 1)

    /// A new random id (version 4) that Kafka would give out too: none of the reserved ones, and no text form that
    /// begins with a dash.
    public static func random() -> Uuid {
        var generator = SystemRandomNumberGenerator()
        while true {
            let id = Uuid(
                mostSignificantBits: (generator.next() & ~0xF000) | 0x4000,
                leastSignificantBits: (generator.next() & ~(0xC000 << 48)) | (0x8000 << 48))
            if !id.description.hasPrefix("-") { return id }
        }
    }
}

extension Uuid: CustomStringConvertible, LosslessStringConvertible {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// URL-safe base64 without padding: 22 characters.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(22)
        // 128 bits in groups of six, the last one filled up with zeros.
        for group in 0..<22 {
            var value: UInt8 = 0
            for bit in 0..<6 {
                value <<= 1
                let index = group * 6 + bit
                if index < 64 {
                    value |= UInt8((mostSignificantBits >> UInt64(63 - index)) & 1)
                } else if index < 128 {
                    value |= UInt8((leastSignificantBits >> UInt64(127 - index)) & 1)
                }
            }
            text.append(Self.alphabet[Int(value)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what `description` writes; nil for anything else.
    public init?(_ description: String) {
        let text = Array(description.utf8)
        guard text.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (group, character) in text.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: character) else { return nil }
            for bit in 0..<6 where value >> (5 - bit) & 1 == 1 {
                let index = group * 6 + bit
                if index < 64 {
                    high |= 1 << UInt64(63 - index)
                } else if index < 128 {
                    low |= 1 << UInt64(127 - index)
                }
            }
        }
        self.init(mostSignificantBits: high, leastSignificantBits: low)
    }
}
