// What the codecs that work on blocks of a fixed size have in common.

/// Gathers what is written into blocks. `@unchecked Sendable`: as its base class.
class BlockCompressor: StreamCompressor, @unchecked Sendable {
    private let blockBytes: Int
    private let block: ScratchBuffer
    private var count = 0

    init(blockBytes: Int) {
        self.blockBytes = blockBytes
        block = ScratchBuffer(capacity: blockBytes)
    }

    /// Compresses one block, the last one perhaps shorter than the others.
    func writeBlock(_ block: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        preconditionFailure("each codec has its own")
    }

    override func start(level: Int32, expectedBytes: Int?, into output: inout OutputBytes) {
        count = 0
    }

    override func write(_ bytes: UnsafeRawBufferPointer, into output: inout OutputBytes) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            if count == blockBytes { flush(into: &output) }
            let part = min(bytes.count - done, blockBytes - count)
            (block.base + count).copyMemory(from: base + done, byteCount: part)
            count += part
            done += part
        }
    }

    override func finish(into output: inout OutputBytes) {
        flush(into: &output)
    }

    override var retainedBytes: Int { blockBytes }

    private func flush(into output: inout OutputBytes) {
        guard count > 0 else { return }
        writeBlock(UnsafeRawBufferPointer(start: block.base, count: count), into: &output)
        count = 0
    }
}
