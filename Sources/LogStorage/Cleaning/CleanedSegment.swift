// The segment that a cleaning writes: files with the suffix `.cleaned`, which nobody else looks at.

import Bytes
import Files
import Records

/// Takes batches in their order and writes them, with their indexes, many at a time.
final class CleanedSegment {
    let segment: Segment
    private let indexIntervalBytes: Int
    private let buffer: ByteStorage
    private let throttle: CleanerThrottle
    /// The bytes in `buffer`.
    private var pending = 0
    /// The bytes in the file.
    private var written = 0
    private var bytesSinceIndexEntry = 0

    var sizeBytes: Int { written + pending }

    init(
        baseOffset: Int64, in directory: PartitionDirectory, config: LogConfig, buffer: ByteStorage,
        throttle: CleanerThrottle
    ) throws(FileError) {
        segment = Segment(
            baseOffset: baseOffset, directory: directory, sizeBytes: 0, isNew: true, hasTransactionIndex: false,
            rollJitterMs: config.randomSegmentJitterMs())
        segment.state.withLock { state in
            state.suffix = .cleaned
            state.maxTimestamp = TimestampOffset(timestampMs: -1, offset: baseOffset)
        }
        for kind in [LogFileKind.log, .offsetIndex, .timeIndex] {
            _ = try directory.fileSystem.open(segment.path(kind), .truncate)
        }
        try directory.fileSystem.removeFileIfPresent(segment.path(.transactionIndex))
        indexIntervalBytes = config.indexIntervalBytes
        self.buffer = buffer
        self.throttle = throttle
    }

    /// Whether the segment's indexes and sizes can hold the batch.
    func canHold(_ batch: RecordBatch) -> Bool {
        segment.canHold(batch.baseOffset) && segment.canHold(batch.lastOffset)
            && batch.sizeBytes <= Int(Int32.max) - sizeBytes
    }

    func append(_ batch: RecordBatch) throws(CleaningError) {
        if pending + batch.sizeBytes > buffer.capacityBytes { try flush() }
        index(batch)
        if batch.sizeBytes > buffer.capacityBytes {
            try write(batch.bytes)
        } else {
            (buffer.base + pending).copyMemory(from: batch.bytes.base, byteCount: batch.sizeBytes)
            pending += batch.sizeBytes
        }
        do throws(FileError) {
            let isDue = segment.state.withLock { $0.offsetIndex.buffered.count >= OffsetIndex.bufferedEntries }
            if isDue { try segment.writeIndexes() }
        } catch {
            throw .storage(error)
        }
    }

    func append(_ transaction: AbortedTxn) throws(CleaningError) {
        do throws(FileError) { try segment.append(transaction) } catch { throw .storage(error) }
    }

    /// Writes what is left. Nothing of it is durable yet. `modifiedMs`: the time at which the file is to have been
    /// written; nil: now.
    func finish(modifiedMs: Int64?) throws(CleaningError) {
        try flush()
        do throws(FileError) {
            try segment.finish()
            if let modifiedMs { try segment.logFile().setModified(modifiedMs) }
        } catch {
            throw .storage(error)
        }
    }

    /// Removes the files; what cannot be removed is removed when the log is opened next.
    func discard() { segment.removeFiles() }

    private func index(_ batch: RecordBatch) {
        let position = sizeBytes
        let isDue = bytesSinceIndexEntry > indexIntervalBytes
        if isDue { bytesSinceIndexEntry = 0 }
        bytesSinceIndexEntry += batch.sizeBytes
        segment.state.withLock { state in
            if position == 0 { state.firstBatchTimestamp = batch.maxTimestamp }
            if batch.maxTimestamp > state.maxTimestamp?.timestampMs ?? -1 {
                state.maxTimestamp = TimestampOffset(timestampMs: batch.maxTimestamp, offset: batch.lastOffset)
            }
            guard isDue, let largest = state.maxTimestamp else { return }
            state.offsetIndex.append(
                OffsetIndexEntry(
                    relativeOffset: segment.relative(batch.lastOffset), position: Int32(clamping: position)))
            state.timeIndex.appendIfLarger(
                largest.timestampMs, relativeOffset: segment.relative(largest.offset))
        }
    }

    private func flush() throws(CleaningError) {
        guard pending > 0 else { return }
        let count = pending
        pending = 0
        try write(ByteSlice(storage: buffer, storageOffset: 0, count: count))
    }

    private func write(_ bytes: ByteSlice) throws(CleaningError) {
        do throws(FileError) {
            try segment.logFile().write(bytes, at: Int64(written))
        } catch {
            throw .storage(error)
        }
        written += bytes.count
        segment.setSizeBytes(written)
        try throttle.take(bytes.count)
    }
}
