// Walks the headers of the batches in a segment's file, with few reads.

import Bytes
import Files
import Records

/// A batch in a file, by its header.
struct BatchPosition: Sendable {
    let position: Int
    let sizeBytes: Int
    let header: RecordBatchHeader

    var end: Int { position + sizeBytes }
    /// The header of a batch of an old format (magic 0 and 1) has an offset and little else.
    var isLegacy: Bool { header.magic < 2 }
    /// The CRC of a message of magic 0 or 1: it stands where a newer batch has its leader epoch.
    var legacyCrc: UInt32 { UInt32(bitPattern: header.partitionLeaderEpoch) }
    var lastOffset: Int64 { isLegacy ? header.baseOffset : header.lastOffset }
    var maxTimestamp: Int64 {
        switch header.magic {
        case 0: -1
        case 1: legacyTimestamp
        default: header.maxTimestamp
        }
    }
    /// The timestamp of a message of magic 1, bytes 18 to 25: the last three bytes of a newer batch's CRC, its
    /// attributes, and the first three of its last offset delta.
    private var legacyTimestamp: Int64 {
        let delta = UInt32(bitPattern: header.lastOffsetDelta)
        return Int64(
            bitPattern: UInt64(header.crc & 0xFF_FFFF) << 40 | UInt64(header.attributes) << 24 | UInt64(delta >> 8))
    }
}

/// Reads batch headers one after the other. A read fetches some KiB, so that small batches do not cost a call each.
///
/// The walk ends (`next` is nil) at `end`, at a batch that is cut short, and at bytes that are no header; `isDamaged`
/// tells the last case. Kafka: `FileLogInputStream`.
struct BatchScanner {
    private static let chunkBytes = 8192

    private let file: any OpenFile
    private let end: Int
    private(set) var position: Int
    private(set) var isDamaged = false
    private var chunk = ByteSlice.empty
    private var chunkPosition = 0

    init(file: any OpenFile, from position: Int, to end: Int) {
        self.file = file
        self.position = position
        self.end = end
    }

    mutating func next() throws(FileError) -> BatchPosition? {
        guard !isDamaged, end - position >= RecordBatchLayout.prefixBytes else { return nil }
        try fill()
        guard let header = RecordBatchHeader(chunk, at: position - chunkPosition) else { return nil }
        guard header.batchLength >= RecordBatchLayout.minBatchLength, header.magic >= 0, header.magic <= 2,
            header.magic < 2 || header.sizeBytes >= RecordBatchHeader.sizeBytes
        else {
            isDamaged = true
            return nil
        }
        guard header.sizeBytes <= end - position else { return nil }
        let batch = BatchPosition(position: position, sizeBytes: header.sizeBytes, header: header)
        position = batch.end
        return batch
    }

    /// Makes the chunk hold a header's bytes at `position`, filled up with zeros where the file ends before (a message
    /// of an old format can be shorter).
    private mutating func fill() throws(FileError) {
        if position >= chunkPosition, position + RecordBatchHeader.sizeBytes <= chunkPosition + chunk.count { return }
        let count = min(Self.chunkBytes, end - position)
        let padded = max(count, RecordBatchHeader.sizeBytes)
        let storage =
            chunk.storage.capacityBytes >= padded ? chunk.storage : ByteStorage(capacityBytes: padded)
        let got = try file.read(
            into: UnsafeMutableRawBufferPointer(start: storage.base, count: count), at: Int64(position))
        if got < padded { (storage.base + got).initializeMemory(as: UInt8.self, repeating: 0, count: padded - got) }
        chunk = ByteSlice(storage: storage, storageOffset: 0, count: max(got, RecordBatchHeader.sizeBytes))
        chunkPosition = position
    }
}
