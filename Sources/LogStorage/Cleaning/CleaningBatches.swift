// The whole batches of a segment, read with large reads into one buffer.

import Bytes
import Files
import Records

/// Reads batches one after the other; each is checked against its CRC: damage must not be given a new checksum, and a
/// damaged key must not make another record go.
struct CleaningBatches {
    private let segment: Segment
    private let file: any OpenFile
    private let end: Int
    private let throttle: CleanerThrottle
    private let buffer: ByteStorage
    /// What was read last, from `chunkStart` on.
    private var chunk = ByteSlice.empty
    private var chunkStart = 0
    /// Where the next batch begins.
    private(set) var position: Int

    init(
        _ segment: Segment, from position: Int, buffer: ByteStorage, throttle: CleanerThrottle
    ) throws(FileError) {
        self.segment = segment
        file = try segment.logFile()
        end = segment.sizeBytes
        self.position = position
        self.buffer = buffer
        self.throttle = throttle
    }

    /// The next batch, valid until the next call; nil at the segment's end.
    mutating func next() throws(CleaningError) -> RecordBatch? {
        guard position < end else { return nil }
        guard end - position >= RecordBatchLayout.prefixBytes else { throw fault("a batch is cut short") }
        try fill(RecordBatchLayout.prefixBytes)
        let prefix = chunk.suffix(from: position - chunkStart)
        let length: Int32 = prefix.load(at: RecordBatchLayout.batchLength)
        let magic: Int8 = prefix.load(at: RecordBatchLayout.magic)
        guard magic == 2 else { throw fault("a batch of the old format \(magic)") }
        let size = Int(length) + RecordBatchLayout.logOverheadBytes
        guard size >= RecordBatchLayout.records, size <= end - position else { throw fault("a batch is cut short") }
        try fill(size)
        guard let batch = RecordBatch(chunk.slice(from: position - chunkStart, count: size)), batch.isCrcValid else {
            throw fault("a batch's checksum is wrong")
        }
        position += size
        return batch
    }

    /// Makes the chunk hold `count` bytes at `position`.
    private mutating func fill(_ count: Int) throws(CleaningError) {
        if position >= chunkStart, position + count <= chunkStart + chunk.count { return }
        let wanted = min(max(count, buffer.capacityBytes), end - position)
        let storage = wanted <= buffer.capacityBytes ? buffer : ByteStorage(capacityBytes: wanted)
        let got: Int
        do throws(FileError) {
            got = try file.read(
                into: UnsafeMutableRawBufferPointer(start: storage.base, count: wanted), at: Int64(position))
        } catch {
            throw .storage(error)
        }
        guard got >= count else { throw fault("the file ends within a batch") }
        chunk = ByteSlice(storage: storage, storageOffset: 0, count: got)
        chunkStart = position
        try throttle.take(got)
    }

    private func fault(_ reason: String) -> CleaningError {
        .damaged("\(segment.path(.log)), byte \(position): \(reason)")
    }
}
