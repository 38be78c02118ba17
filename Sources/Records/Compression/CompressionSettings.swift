// A codec with its level.

/// How to compress: a codec, and its level where it has levels. Kafka: `Compression`.
public struct CompressionSettings: Hashable, Sendable {
    public let codec: CompressionCodec
    /// The codec's level; 0 for codecs without.
    public let level: Int32

    private init(codec: CompressionCodec, level: Int32) {
        self.codec = codec
        self.level = level
    }

    /// No compression.
    public static let none = CompressionSettings(codec: .none, level: 0)

    /// The codec at the level that Kafka uses when none is set.
    public init(_ codec: CompressionCodec) {
        self.init(codec: codec, level: codec.defaultLevel)
    }

    /// The codec at `level`; nil when the codec has no such level (see `CompressionCodec.levels`).
    public init?(_ codec: CompressionCodec, level: Int) {
        guard let levels = codec.levels, let small = Int32(exactly: level),
            levels.contains(small) || small == codec.defaultLevel
        else { return nil }
        self.init(codec: codec, level: small)
    }
}

extension CompressionCodec {
    /// The levels that `compression.<codec>.level` takes; nil for codecs without levels. gzip takes -1 as well: zlib's
    /// own default. Kafka: `CompressionType.levelValidator`.
    public var levels: ClosedRange<Int32>? {
        switch self {
        case .none, .snappy: nil
        case .gzip: 1...9
        case .lz4: 1...17
        case .zstd: -131_072...22
        }
    }

    /// The default of `compression.<codec>.level`.
    public var defaultLevel: Int32 {
        switch self {
        case .none, .snappy: 0
        case .gzip: -1
        case .lz4: 9
        case .zstd: 3
        }
    }
}
