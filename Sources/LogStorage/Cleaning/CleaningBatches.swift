// The whole batches of a segment, read with large reads into one buffer.

import Bytes
import Files
import Records

/// A batch of any format.
enum CleaningBatch {
    case current(RecordBatch)
    /// Magic 0 or 1.
    case legacy(LegacyBatch)

    var lastOffset: Int64 {
        switch self {
        case .current(let batch): batch.lastOffset
        case .legacy(let batch): batch.lastOffset
        }
    }
}

/// What is known of a batch by its first bytes.
enum CleaningHeader {
    case current(RecordBatchHeader)
    /// Of magic 0 or 1 the offset and the size alone.
    case legacy(sizeBytes: Int)
}

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
    mutating func header() throws(CleaningError) -> CleaningHeader? {
        let left = end - position
        guard left > 0 else { return nil }
        guard left >= RecordBatchLayout.prefixBytes else { throw fault("a batch is cut short") }
        try fill(min(RecordBatchHeader.sizeBytes, left))
        let at = position - chunkStart
        let magic: Int8 = chunk.load(at: at + RecordBatchLayout.magic)
        if magic == 0 || magic == 1 {
            let length: Int32 = chunk.load(at: at + RecordBatchLayout.batchLength)
            let size = Int(length) + RecordBatchLayout.logOverheadBytes
            guard length >= RecordBatchLayout.minBatchLength, size <= left else { throw fault("a batch is cut short") }
            return .legacy(sizeBytes: size)
        }
        guard magic == 2 else { throw fault("a batch of magic \(magic)") }
        guard left >= RecordBatchHeader.sizeBytes, let header = RecordBatchHeader(chunk, at: at),
            header.sizeBytes >= RecordBatchHeader.sizeBytes, header.sizeBytes <= left
        else { throw fault("a batch is cut short") }
        return .current(header)
    }

    /// Whether the batch that has `header`, the next one, was read, and the header behind it.
    func isInMemory(behind header: RecordBatchHeader) -> Bool {
        min(position + header.sizeBytes + RecordBatchHeader.sizeBytes, end) <= chunkStart + chunk.count
    }

    /// Passes over the batch that has `header`, the next one.
    mutating func skip(_ header: RecordBatchHeader) { position += header.sizeBytes }

    /// The next batch, valid until the next call; nil at the segment's end.
    mutating func next() throws(CleaningError) -> CleaningBatch? {
        switch try header() {
        case .current(let header): .current(try take(header))
        case .legacy(let sizeBytes): .legacy(try takeLegacy(sizeBytes: sizeBytes))
        case nil: nil
        }
    }

    /// The batch that has `header`, the next one; valid until the next call.
    mutating func take(_ header: RecordBatchHeader) throws(CleaningError) -> RecordBatch {
        try fill(header.sizeBytes)
        guard let batch = RecordBatch(chunk.slice(from: position - chunkStart, count: header.sizeBytes)),
            batch.isCrcValid
        else { throw fault("a batch's checksum is wrong") }
        position += header.sizeBytes
        return batch
    }

    /// The next batch, one of an old format with the size that its header says; valid until the next call.
    mutating func takeLegacy(sizeBytes: Int) throws(CleaningError) -> LegacyBatch {
        try fill(sizeBytes)
        guard let batch = LegacyBatch(chunk.slice(from: position - chunkStart, count: sizeBytes)), batch.isCrcValid
        else { throw fault("a message's checksum is wrong") }
        position += sizeBytes
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
