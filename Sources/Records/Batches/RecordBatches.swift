// Walks the batches that lie one after the other in a slice.

import Bytes

/// Why a walk over batches cannot go on. Kafka's `CorruptRecordException` from `ByteBufferLogInputStream`, and batches
/// that no current Kafka stores.
public enum RecordBatchError: Error, Hashable, Sendable {
    /// `batchLength` is smaller than any format's smallest message.
    case lengthTooSmall(Int32)
    /// `batchLength` and what comes before it are more than 2^31-1 bytes together.
    case lengthTooLarge(Int32)
    /// The magic is none that Kafka ever had.
    case invalidMagic(Int8)
    /// A message set of magic 0 or 1: whole, and not understood here.
    case legacyMagic(Int8, sizeBytes: Int)
    /// A batch of magic 2 whose length leaves no room for its header.
    case headerTruncated(sizeBytes: Int)
}

/// The batches of a slice, first to last. Never traps, whatever the bytes are.
///
///     var batches = RecordBatches(bytes: records)
///     while let batch = try batches.next() { … }
///
/// A last batch that is cut short ends the walk as the end of the slice does: a fetch answers such ones, and recovery
/// cuts them off. `position` then says where it begins. Kafka: `MemoryRecords.batches`.
public struct RecordBatches: Sendable {
    public let bytes: ByteSlice
    /// Where the next batch begins; after an error, where the batch at fault begins.
    public private(set) var position: Int

    public init(bytes: ByteSlice, from position: Int = 0) {
        precondition(position >= 0 && position <= bytes.count)
        self.bytes = bytes
        self.position = position
    }

    /// The bytes not yet walked over.
    public var remaining: Int { bytes.count - position }

    /// The next batch; nil at the end, and where only a part of a batch is left.
    public mutating func next() throws(RecordBatchError) -> RecordBatch? {
        guard let size = try nextBatchSizeBytes(), size <= remaining else { return nil }
        let magic: Int8 = bytes.load(at: position + RecordBatchLayout.magic)
        if magic < 2 { throw .legacyMagic(magic, sizeBytes: size) }
        guard let batch = RecordBatch(bytes.slice(from: position, count: size)) else {
            throw .headerTruncated(sizeBytes: size)
        }
        position += size
        return batch
    }

    /// The size that the next batch's header gives, whether or not so many bytes are left; nil when not even length
    /// and magic are there.
    public func nextBatchSizeBytes() throws(RecordBatchError) -> Int? {
        guard remaining >= RecordBatchLayout.logOverheadBytes else { return nil }
        let length: Int32 = bytes.load(at: position + RecordBatchLayout.batchLength)
        if length < RecordBatchLayout.minBatchLength { throw .lengthTooSmall(length) }
        guard remaining >= RecordBatchLayout.prefixBytes else { return nil }
        let magic: Int8 = bytes.load(at: position + RecordBatchLayout.magic)
        if magic < 0 || magic > 2 { throw .invalidMagic(magic) }
        if length > Int32.max - Int32(RecordBatchLayout.logOverheadBytes) { throw .lengthTooLarge(length) }
        return Int(length) + RecordBatchLayout.logOverheadBytes
    }

    /// Leaves out the batch at `position`, of which `sizeBytes` are there.
    public mutating func skip(sizeBytes: Int) {
        precondition(sizeBytes >= 0 && sizeBytes <= remaining)
        position += sizeBytes
    }
}
