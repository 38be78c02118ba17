// Zstandard (RFC 8878), one frame without content size and checksum, by libzstd.

import CCodecs

/// `@unchecked Sendable`: as its base class.
final class ZstdCompressor: StreamCompressor, @unchecked Sendable {
    private let stream: OpaquePointer

    override init() {
        guard let stream = ZSTD_createCCtx() else { preconditionFailure("ZSTD_createCCtx") }
        self.stream = stream
        super.init()
    }

    deinit {
        ZSTD_freeCCtx(stream)
    }

    override var retainedBytes: Int { ZSTD_sizeof_CCtx(stream) }

    override func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {
        ZSTD_CCtx_reset(stream, ZSTD_reset_session_and_parameters)
        check(ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, level))
        // The library takes memory for the level's largest window unless told that less will come.
        if let expectedBytes, expectedBytes < 1 << 21 {
            let bits = Int.bitWidth - max(expectedBytes, 1 << 14).leadingZeroBitCount
            check(ZSTD_CCtx_setParameter(stream, ZSTD_c_windowLog, Int32(bits)))
        }
    }

    override func write(_ bytes: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while source.pos < source.size { _ = step(&source, ZSTD_e_continue, into: &output) }
    }

    override func finish(into output: inout OutputBytes) {
        var source = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
        while step(&source, ZSTD_e_end, into: &output) != 0 {}
    }

    private func step(
        _ source: inout ZSTD_inBuffer, _ operation: ZSTD_EndDirective, into output: inout OutputBytes
    ) -> Int {
        let room = 16 << 10
        var target = ZSTD_outBuffer(dst: output.reserve(room), size: room, pos: 0)
        let rest = ZSTD_compressStream2(stream, &target, &source, operation)
        check(rest)
        output.advance(target.pos)
        return rest
    }

    /// The library refuses nothing of what it is given here but for want of memory.
    private func check(_ result: Int) {
        precondition(ZSTD_isError(result) == 0, "zstd fails")
    }
}
