// The whole batches of a segment, read with large reads into one buffer.

import Bytes
import Files
import Records

/// Reads batches one after the other; each is checked against its CRC: damage must not be given a new checksum, and a
/// damaged key must not make another record go.
struct CleaningBatches {
    /// Batches smaller than this are read several at a time.
    static let leastBytes = 4096

    private let segment: Segment
    private let file: any OpenFile
    private let end: Int
    private let throttle: CleanerThrottle
    private let buffer: ByteStorage
    /// What was read last, from `chunkStart` on.
    private var chunk = ByteSlice.empty
    private var chunkStart = 0
    /// So much is read besides what is asked for, when something is to be read and as far as the buffer goes.
    var nextReadBytes: Int
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
        nextReadBytes = buffer.capacityBytes
    }

    /// The header of the next batch, as it stands there; nil at the segment's end.
    mutating func header() throws(CleaningError) -> RecordBatchHeader? {
        guard position < end else { return nil }
        guard end - position >= RecordBatchHeader.sizeBytes else { throw fault("a batch is cut short") }
        try fill(RecordBatchHeader.sizeBytes)
        guard let header = RecordBatchHeader(chunk, at: position - chunkStart) else {
            throw fault("a batch is cut short")
        }
        guard header.magic == 2 else { throw fault("a batch of the old format \(header.magic)") }
        guard header.sizeBytes >= RecordBatchHeader.sizeBytes, header.sizeBytes <= end - position else {
            throw fault("a batch is cut short")
        }
        return header
    }

    /// Whether the batch that has `header`, the next one, was read, and the header behind it.
    func isInMemory(behind header: RecordBatchHeader) -> Bool {
        min(position + header.sizeBytes + RecordBatchHeader.sizeBytes, end) <= chunkStart + chunk.count
    }

    /// Passes over the batch that has `header`, the next one.
    mutating func skip(_ header: RecordBatchHeader) { position += header.sizeBytes }

    /// The next batch, valid until the next call; nil at the segment's end.
    mutating func next() throws(CleaningError) -> RecordBatch? {
        guard let header = try header() else { return nil }
        try fill(header.sizeBytes)
        guard let batch = RecordBatch(chunk.slice(from: position - chunkStart, count: header.sizeBytes)),
            batch.isCrcValid
        else { throw fault("a batch's checksum is wrong") }
        position += header.sizeBytes
        return batch
    }

    /// Makes the chunk hold `count` bytes at `position`.
    private mutating func fill(_ count: Int) throws(CleaningError) {
        if position >= chunkStart, position + count <= chunkStart + chunk.count { return }
        let wanted = min(max(count, min(count + nextReadBytes, buffer.capacityBytes)), end - position)
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
