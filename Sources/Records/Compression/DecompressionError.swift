// Why compressed data cannot be opened.

/// Compressed data that is not what its codec's format says.
public struct DecompressionError: Error, Sendable, CustomStringConvertible {
    public let codec: CompressionCodec
    /// What is wrong with it.
    public let reason: StaticString

    init(_ codec: CompressionCodec, _ reason: StaticString) {
        self.codec = codec
        self.reason = reason
    }

    public var description: String { "\(codec.name): \(reason)" }
}
