// Compresses piece by piece, in the form that Kafka's own writer of each codec gives.

/// The compressor of one codec. Start it, write pieces, finish; the output grows as it goes.
///
/// `@unchecked Sendable`: a context has one user at a time, by its lease.
class StreamCompressor: PooledContext, @unchecked Sendable {
    /// Begins at `level`. `expectedBytes` says about how much will come, for codecs whose memory depends on it.
    func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {}

    func write(_ bytes: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        output.append(bytes)
    }

    func finish(into output: inout OutputBytes) {}

    func rest() {}

    var retainedBytes: Int { 0 }
}

extension CompressionCodec {
    private static let storedPool = ContextPool<StreamCompressor>(limit: 2, maxRetainedBytes: 0) { StreamCompressor() }
    private static let gzipPool = ContextPool<StreamCompressor>(limit: 2, maxRetainedBytes: 1 << 19) {
        GzipCompressor()
    }
    private static let snappyPool = ContextPool<StreamCompressor>(limit: 2, maxRetainedBytes: 1 << 19) {
        SnappyCompressor()
    }
    private static let lz4Pool = ContextPool<StreamCompressor>(limit: 2, maxRetainedBytes: 1 << 19) { Lz4Compressor() }
    private static let zstdPool = ContextPool<StreamCompressor>(limit: 2, maxRetainedBytes: 3 << 20) {
        ZstdCompressor()
    }

    /// A compressor of this codec, from those that are idle.
    func leaseCompressor() -> Lease<StreamCompressor> {
        switch self {
        case .none: Self.storedPool.lease()
        case .gzip: Self.gzipPool.lease()
        case .snappy: Self.snappyPool.lease()
        case .lz4: Self.lz4Pool.lease()
        case .zstd: Self.zstdPool.lease()
        }
    }
}
