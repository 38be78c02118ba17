// snappy in the framing of snappy-java, and raw snappy as that library also takes it.
//
//  82 'S' 'N' 'A' 'P' 'P' 'Y' 00   version(4)  compatible version(4)      big-endian; again where streams were joined
//  length(4)  raw snappy block
//  length(4)  raw snappy block …
//
// As org.xerial.snappy.SnappyInputStream reads it: the first header's versions are not looked at, anything without the
// header is one raw block, and fewer than four bytes at the end are ignored.

import Bytes
import CCodecs

/// `@unchecked Sendable`: as its base class.
final class SnappyDecompressor: StreamDecompressor, @unchecked Sendable {
    static let magic: [UInt8] = [0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0x00]
    static let headerBytes = 16
    /// A copy of three bytes gives 64: no block expands further than this.
    private static let maxExpansion = 22

    private var input = ByteSlice.empty
    private var position = 0
    private var isRaw = false
    private var output = ScratchBuffer(capacity: 1 << 15)

    override func start(_ input: ByteSlice) throws(DecompressionError) {
        guard !input.isEmpty else { throw Self.error("no data") }
        self.input = input
        isRaw = !hasHeader(at: 0)
        position = isRaw ? 0 : Self.headerBytes
    }

    override func rest() { input = .empty }

    override var retainedBytes: Int { output.capacity }

    override func nextChunk() throws(DecompressionError) -> UnsafeRawBufferPointer {
        if isRaw {
            let count = input.count - position
            guard count > 0 else { return end }
            defer { position = input.count }
            return try open(at: position, count: count)
        }
        while input.count - position >= 4 {
            if input[position] == Self.magic[0], input.load(at: position, as: UInt32.self) == 0x8253_4E41 {
                guard input.count - position >= Self.headerBytes else { throw Self.error("header cut short") }
                guard hasHeader(at: position) else {
                    position = input.count
                    return end
                }
                guard input.load(at: position + 8, as: Int32.self) >= 1 else { throw Self.error("unknown version") }
                position += Self.headerBytes
                continue
            }
            let count = Int(input.load(at: position, as: Int32.self))
            guard count >= 0, count <= input.count - position - 4 else { throw Self.error("block cut short") }
            let chunk = try open(at: position + 4, count: count)
            position += 4 + count
            if !chunk.isEmpty { return chunk }
        }
        return end
    }

    private var end: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: output.base, count: 0) }

    private static func error(_ reason: StaticString) -> DecompressionError { DecompressionError(.snappy, reason) }

    private func hasHeader(at offset: Int) -> Bool {
        guard input.count - offset >= Self.headerBytes else { return false }
        return (0..<Self.magic.count).allSatisfy { input[offset + $0] == Self.magic[$0] }
    }

    /// Opens one raw block.
    private func open(at offset: Int, count: Int) throws(DecompressionError) -> UnsafeRawBufferPointer {
        let block = UnsafeRawPointer(input.base + offset).assumingMemoryBound(to: CChar.self)
        var expandedBytes = 0
        guard snappy_uncompressed_length(block, count, &expandedBytes) == SNAPPY_OK,
            expandedBytes <= count * Self.maxExpansion
        else { throw Self.error("block without a sensible length") }
        output.ensure(expandedBytes)
        let target = output.base.assumingMemoryBound(to: CChar.self)
        guard snappy_uncompress(block, count, target, &expandedBytes) == SNAPPY_OK else {
            throw Self.error("damaged block")
        }
        return UnsafeRawBufferPointer(start: output.base, count: expandedBytes)
    }
}
