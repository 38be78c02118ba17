// LZ4's frame format, the part of it that Kafka reads.
//
//  04 22 4d 18   FLG   BD   [content size(8)]   header hash
//  block size(4, little-endian; top bit: stored as it is)  block  [xxHash32 of the block]
//  … 00 00 00 00  [xxHash32 of the content]
//
//  FLG: version 01 (bits 7-6), independent blocks (5), block hashes (4), content size (3), content hash (2), rest 0
//  BD:  largest block (bits 6-4): 4 64 KiB, 5 256 KiB, 6 1 MiB, 7 4 MiB, rest 0
//
// As Kafka's Lz4BlockInputStream reads it: linked blocks and dictionaries are refused, content size and content hash
// are not checked, and what follows the end mark is ignored.

import Bytes
import CCodecs

/// `@unchecked Sendable`: as its base class.
final class Lz4Decompressor: StreamDecompressor, @unchecked Sendable {
    static let magic: UInt32 = 0x184D_2204
    static let storedBit: UInt32 = 0x8000_0000

    private var input = ByteSlice.empty
    private var position = 0
    private var maxBlockBytes = 0
    private var hasBlockHashes = false
    private var hasContentHash = false
    private var isAtEnd = true
    private var output = ScratchBuffer(capacity: 1 << 16)

    override func start(_ input: ByteSlice) throws(DecompressionError) { try start(input, isHashed: true) }

    override func startUnhashed(_ input: ByteSlice) throws(DecompressionError) { try start(input, isHashed: false) }

    private func start(_ input: ByteSlice, isHashed: Bool) throws(DecompressionError) {
        self.input = input
        guard input.count >= 7, littleEndian(at: 0) == Self.magic else { throw Self.error("no LZ4 frame") }
        let flags = input[4]
        let descriptor = input[5]
        guard flags & 0xE3 == 0x60 else { throw Self.error("flags that are not supported") }
        guard descriptor & 0x8F == 0, descriptor >> 4 >= 4 else { throw Self.error("block descriptor out of range") }
        maxBlockBytes = 1 << (2 * Int(descriptor >> 4) + 8)
        hasBlockHashes = flags & 0x10 != 0
        hasContentHash = flags & 0x04 != 0
        let hashAt = flags & 0x08 != 0 ? 14 : 6
        guard input.count > hashAt else { throw Self.error("frame header cut short") }
        if isHashed {
            let hash = XxHash32.hash(UnsafeRawBufferPointer(start: input.base + 4, count: hashAt - 4))
            guard input[hashAt] == UInt8(truncatingIfNeeded: hash >> 8) else { throw Self.error("wrong header hash") }
        }
        position = hashAt + 1
        isAtEnd = false
    }

    override func rest() {
        input = .empty
        isAtEnd = true
    }

    override var retainedBytes: Int { output.capacity }

    override func nextChunk() throws(DecompressionError) -> UnsafeRawBufferPointer {
        guard !isAtEnd else { return UnsafeRawBufferPointer(start: output.base, count: 0) }
        guard input.count - position >= 4 else { throw Self.error("no end mark") }
        let word = littleEndian(at: position)
        position += 4
        let count = Int(word & ~Self.storedBit)
        if count == 0 {
            guard !hasContentHash || input.count - position >= 4 else { throw Self.error("content hash cut short") }
            isAtEnd = true
            return UnsafeRawBufferPointer(start: output.base, count: 0)
        }
        guard count <= maxBlockBytes else { throw Self.error("block larger than the frame allows") }
        guard count <= input.count - position else { throw Self.error("block cut short") }
        let block = UnsafeRawBufferPointer(start: input.base + position, count: count)
        position += count
        let chunk = word & Self.storedBit != 0 ? block : try open(block)
        if hasBlockHashes { try checkHash(of: block) }
        return chunk
    }

    private static func error(_ reason: StaticString) -> DecompressionError { DecompressionError(.lz4, reason) }

    private func littleEndian(at offset: Int) -> UInt32 { input.load(at: offset, as: UInt32.self).byteSwapped }

    private func open(_ block: UnsafeRawBufferPointer) throws(DecompressionError) -> UnsafeRawBufferPointer {
        // Each byte of a block stands for 255 bytes at most.
        let room = min(maxBlockBytes, block.count * 255)
        output.ensure(room)
        let expanded = LZ4_decompress_safe(
            block.baseAddress?.assumingMemoryBound(to: CChar.self), output.base.assumingMemoryBound(to: CChar.self),
            Int32(block.count), Int32(room))
        guard expanded >= 0 else { throw Self.error("damaged block") }
        return UnsafeRawBufferPointer(start: output.base, count: Int(expanded))
    }

    private func checkHash(of block: UnsafeRawBufferPointer) throws(DecompressionError) {
        guard input.count - position >= 4 else { throw Self.error("block hash cut short") }
        guard littleEndian(at: position) == XxHash32.hash(block) else { throw Self.error("wrong block hash") }
        position += 4
    }
}
