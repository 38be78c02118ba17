// snappy in the framing of snappy-java's SnappyOutputStream: a header, then blocks of 32 KiB each with its length (see
// SnappyDecompressor).

import CCodecs

/// `@unchecked Sendable`: as its base class.
final class SnappyCompressor: BlockCompressor, @unchecked Sendable {
    init() { super.init(blockBytes: 32 << 10) }

    override func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {
        super.start(level: level, expectedBytes: expectedBytes, into: &output)
        SnappyDecompressor.magic.withUnsafeBytes { output.append($0) }
        output.append(bigEndian: 1)
        output.append(bigEndian: 1)
    }

    override func writeBlock(_ block: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        let lengthAt = output.count
        output.append(bigEndian: 0)
        var size = snappy_max_compressed_length(block.count)
        let target = output.reserve(size).assumingMemoryBound(to: CChar.self)
        let source = block.baseAddress?.assumingMemoryBound(to: CChar.self)
        let status = snappy_compress(source, block.count, target, &size)
        precondition(status == SNAPPY_OK, "snappy_compress: \(status)")
        output.advance(size)
        output.overwrite(bigEndian: UInt32(size), at: lengthAt)
    }
}
