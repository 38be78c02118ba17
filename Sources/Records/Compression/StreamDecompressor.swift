// Opens compressed data piece by piece: what it expands to is never in memory as a whole.

import Bytes

/// The decompressor of one codec. Start it with the data, then take chunks until an empty one.
///
/// The chunks are cut where Kafka's streams cut them, because that decides which of two faults in a batch is met first.
/// `@unchecked Sendable`: a context has one user at a time, by its lease.
class StreamDecompressor: PooledContext, @unchecked Sendable {
    /// Begins with new data, reading what comes before the first chunk.
    func start(_ input: ByteSlice) throws(DecompressionError) {
        preconditionFailure("each codec has its own")
    }

    /// As `start`, for what producers of magic 0 wrote: the hash in an LZ4 frame's header, which theirs took over the
    /// wrong bytes, is not looked at.
    func startUnhashed(_ input: ByteSlice) throws(DecompressionError) { try start(input) }

    /// The next piece of what the data expands to, valid until the next call; empty at the end.
    func nextChunk() throws(DecompressionError) -> UnsafeRawBufferPointer {
        preconditionFailure("each codec has its own")
    }

    func rest() {}

    var retainedBytes: Int { 0 }
}

extension CompressionCodec {
    private static let gzipPool = ContextPool<StreamDecompressor>(limit: 4, maxRetainedBytes: 1 << 17) {
        GzipDecompressor()
    }
    private static let snappyPool = ContextPool<StreamDecompressor>(limit: 4, maxRetainedBytes: 1 << 17) {
        SnappyDecompressor()
    }
    private static let lz4Pool = ContextPool<StreamDecompressor>(limit: 4, maxRetainedBytes: 1 << 17) {
        Lz4Decompressor()
    }
    // A context that has met a frame of the default level keeps a window of 2 MiB.
    private static let zstdPool = ContextPool<StreamDecompressor>(limit: 2, maxRetainedBytes: 3 << 20) {
        ZstdDecompressor()
    }
    private static let storedPool = ContextPool<StreamDecompressor>(limit: 1, maxRetainedBytes: 0) {
        StoredBytes()
    }

    /// A decompressor of this codec, from those that are idle.
    func leaseDecompressor() -> Lease<StreamDecompressor> {
        switch self {
        case .none: Self.storedPool.lease()
        case .gzip: Self.gzipPool.lease()
        case .snappy: Self.snappyPool.lease()
        case .lz4: Self.lz4Pool.lease()
        case .zstd: Self.zstdPool.lease()
        }
    }
}

/// No compression: one chunk. `@unchecked Sendable`: as its base class.
private final class StoredBytes: StreamDecompressor, @unchecked Sendable {
    private var input = ByteSlice.empty
    private var isAtEnd = false

    override func start(_ input: ByteSlice) {
        self.input = input
        isAtEnd = false
    }

    override func nextChunk() -> UnsafeRawBufferPointer {
        defer { isAtEnd = true }
        return UnsafeRawBufferPointer(start: input.base, count: isAtEnd ? 0 : input.count)
    }

    override func rest() { input = .empty }
}
