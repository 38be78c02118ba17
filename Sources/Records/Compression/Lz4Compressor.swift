// LZ4 frames as Kafka's Lz4BlockOutputStream writes them: independent blocks of 64 KiB, no hashes but the header's, a
// block that does not shrink stored as it is (see Lz4Decompressor).

import CCodecs

/// `@unchecked Sendable`: as its base class.
final class Lz4Compressor: BlockCompressor, @unchecked Sendable {
    /// Magic, FLG (version 1, independent blocks), BD (64 KiB), and the hash of these two.
    private static let header: [UInt8] = [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82]

    private let fastState = ScratchBuffer(capacity: Int(LZ4_sizeofState()))
    /// Taken when a level first asks for it: 256 KiB.
    private var highState = ScratchBuffer(capacity: 0)
    private var level = CompressionCodec.lz4.defaultLevel

    init() { super.init(blockBytes: 64 << 10) }

    override var retainedBytes: Int { super.retainedBytes + fastState.capacity + highState.capacity }

    override func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {
        super.start(level: level, expectedBytes: expectedBytes, into: &output)
        self.level = level
        if level != CompressionCodec.lz4.defaultLevel { highState.ensure(Int(LZ4_sizeofStateHC())) }
        Self.header.withUnsafeBytes { output.append($0) }
    }

    override func writeBlock(_ block: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        let lengthAt = output.count
        output.append(littleEndian: 0)
        let bound = LZ4_compressBound(Int32(block.count))
        let target = output.reserve(Int(bound)).assumingMemoryBound(to: CChar.self)
        let size = compress(block, into: target, bound)
        if size > 0 && size < block.count {
            output.advance(size)
            output.overwrite(bigEndian: UInt32(size).byteSwapped, at: lengthAt)
        } else {
            output.append(block)
            output.overwrite(bigEndian: (UInt32(block.count) | Lz4Decompressor.storedBit).byteSwapped, at: lengthAt)
        }
    }

    override func finish(into output: inout OutputBytes) {
        super.finish(into: &output)
        output.append(littleEndian: 0)
    }

    /// Kafka takes the fast compressor for the default level (9), and the thorough one for all others.
    private func compress(
        _ block: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<CChar>, _ room: Int32
    ) -> Int {
        let source = block.baseAddress?.assumingMemoryBound(to: CChar.self)
        let count = Int32(block.count)
        if level == CompressionCodec.lz4.defaultLevel {
            return Int(LZ4_compress_fast_extState(fastState.base, source, target, count, room, 1))
        }
        return Int(LZ4_compress_HC_extStateHC(highState.base, source, target, count, room, level))
    }
}
