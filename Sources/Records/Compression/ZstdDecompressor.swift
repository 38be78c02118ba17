// Zstandard (RFC 8878), one frame or several, by libzstd. Windows up to 128 MiB, the library's own limit and Kafka's.

import Bytes
import CCodecs

/// `@unchecked Sendable`: as its base class.
final class ZstdDecompressor: StreamDecompressor, @unchecked Sendable {
    /// The size of Kafka's buffer around its stream.
    private static let outputBytes = 16384

    private let stream: OpaquePointer
    private let output = ScratchBuffer(capacity: outputBytes)
    private var input = ByteSlice.empty
    private var position = 0
    private var isBetweenFrames = true
    /// The last chunk was full, so that the library may hold more of it.
    private var mayHoldOutput = false

    override init() {
        guard let stream = ZSTD_createDCtx() else { preconditionFailure("ZSTD_createDCtx") }
        self.stream = stream
        super.init()
    }

    deinit {
        ZSTD_freeDCtx(stream)
    }

    override func start(_ input: ByteSlice) {
        self.input = input
        position = 0
        isBetweenFrames = true
        mayHoldOutput = false
        ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)
    }

    override func rest() { input = .empty }

    override var retainedBytes: Int { ZSTD_sizeof_DCtx(stream) + Self.outputBytes }

    override func nextChunk() throws(DecompressionError) -> UnsafeRawBufferPointer {
        while true {
            if position == input.count && !mayHoldOutput {
                guard isBetweenFrames else { throw Self.error("frame cut short") }
                return UnsafeRawBufferPointer(start: output.base, count: 0)
            }
            var source = ZSTD_inBuffer(src: input.base, size: input.count, pos: position)
            var target = ZSTD_outBuffer(dst: output.base, size: Self.outputBytes, pos: 0)
            let rest = ZSTD_decompressStream(stream, &target, &source)
            guard ZSTD_isError(rest) == 0 else { throw Self.error("damaged frame") }
            position = source.pos
            isBetweenFrames = rest == 0
            mayHoldOutput = rest != 0 && target.pos == Self.outputBytes
            if target.pos > 0 { return UnsafeRawBufferPointer(start: output.base, count: target.pos) }
        }
    }

    private static func error(_ reason: StaticString) -> DecompressionError { DecompressionError(.zstd, reason) }
}
