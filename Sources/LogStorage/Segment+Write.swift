// Adding to a segment. For the log's writer alone.

import Bytes
import Files
import Glibc
import Records
import Synchronization

/// What is appended at once: one or more whole batches.
struct AppendedRecords {
    let bytes: ByteSlice
    /// The last record's.
    let lastOffset: Int64
    /// The largest timestamp, and the last offset of the first batch that has it.
    let maxTimestamp: TimestampOffset
}

extension Segment {
    /// Makes a segment and its files, empty; what has these names already goes.
    static func create(
        baseOffset: Int64, in directory: PartitionDirectory, rollJitterMs: Int64
    ) throws(FileError) -> Segment {
        let segment = Segment(newAt: baseOffset, in: directory, rollJitterMs: rollJitterMs)
        try makeFiles(baseOffset: baseOffset, in: directory)
        try directory.fileSystem.removeFileIfPresent(segment.path(.transactionIndex))
        return segment
    }

    /// A segment without batches.
    convenience init(newAt baseOffset: Int64, in directory: PartitionDirectory, rollJitterMs: Int64) {
        self.init(
            baseOffset: baseOffset, directory: directory, sizeBytes: 0, isNew: true, hasTransactionIndex: false,
            rollJitterMs: rollJitterMs)
    }

    /// The files that each segment has, empty.
    static func makeFiles(baseOffset: Int64, in directory: PartitionDirectory) throws(FileError) {
        for kind in [LogFileKind.log, .offsetIndex, .timeIndex] {
            _ = try directory.fileSystem.open(
                directory.path(of: LogFileName(offset: baseOffset, kind: kind)), .truncate)
        }
    }

    /// Writes `records` at the end; then index entries, when enough was appended since the last.
    func append(_ records: AppendedRecords, indexIntervalBytes: Int) throws(FileError) {
        let position = sizeBytes
        let previous = try maxTimestamp()
        let file = try logFile()
        try file.write(records.bytes, at: Int64(position))
        var mustWriteIndexes = false
        state.withLock { state in
            state.isSynced = false
            if position == 0 { state.firstBatchTimestamp = records.maxTimestamp.timestampMs }
            let largest = records.maxTimestamp.timestampMs > previous.timestampMs ? records.maxTimestamp : previous
            state.maxTimestamp = largest
            if state.bytesSinceIndexEntry > indexIntervalBytes {
                state.offsetIndex.append(
                    OffsetIndexEntry(
                        relativeOffset: relative(records.lastOffset), position: Int32(clamping: position)))
                state.timeIndex.appendIfLarger(largest.timestampMs, relativeOffset: relative(largest.offset))
                state.bytesSinceIndexEntry = 0
                mustWriteIndexes = state.offsetIndex.buffered.count >= OffsetIndex.bufferedEntries
            }
            state.bytesSinceIndexEntry += records.bytes.count
            noteRecent(records, at: position, in: &state)
        }
        setSizeBytes(position + records.bytes.count)
        if mustWriteIndexes { try writeIndexes() }
    }

    private func noteRecent(_ records: AppendedRecords, at position: Int, in state: inout SegmentState) {
        var at = 0
        while let header = RecordBatchHeader(records.bytes, at: at) {
            state.recent.append(baseOffset: header.baseOffset, position: position + at)
            at += header.sizeBytes
        }
    }

    /// Writes the index entries that are in memory only.
    func writeIndexes() throws(FileError) {
        let (offsets, times) = state.withLock { ($0.offsetIndex, $0.timeIndex) }
        if offsets.needsWrite {
            try write(offsets.unwritten(), .offsetIndex)
            state.withLock { $0.offsetIndex.didWrite(offsets.buffered.count) }
        }
        if times.needsWrite {
            try write(times.unwritten(), .timeIndex)
            state.withLock { $0.timeIndex.didWrite(times.buffered.count) }
        }
    }

    private func write(_ unwritten: (bytes: ByteSlice, position: Int64), _ kind: LogFileKind) throws(FileError) {
        let file = try directory.fileSystem.open(path(kind), .create)
        try file.write(unwritten.bytes, at: unwritten.position)
    }

    /// The segment takes no more appends, or is closed: its largest timestamp goes into the time index, and all entries
    /// to disk. Kafka: `onBecomeInactiveSegment`, `close`.
    func finish() throws(FileError) {
        let isTouched = state.withLock { $0.maxTimestamp != nil }
        if isTouched {
            try readIndexes()
            let largest = try maxTimestamp()
            state.withLock {
                $0.timeIndex.appendIfLarger(largest.timestampMs, relativeOffset: relative(largest.offset))
            }
        }
        try writeIndexes()
        state.withLock { state in
            state.recent.removeAll()
        }
    }

    /// Makes all files of a segment that is not appended to any more durable, up to `threads` of them side by side: the
    /// file system commits its journal once for those. Callable from any thread.
    func syncAll(threads: Int = 1) throws(FileError) {
        var files = [try logFile()]
        for kind in [LogFileKind.offsetIndex, .timeIndex, .transactionIndex] {
            if kind == .transactionIndex && !state.withLock({ $0.hasTransactionIndex }) { continue }
            if let file = try indexFile(kind) { files.append(file) }
        }
        let failures = SyncFailures()
        ParallelWork.run(files, threads: threads) { file in
            do throws(FileError) { try file.sync() } catch { failures.first.withLock { $0 = $0 ?? error } }
        }
        if let failure = failures.first.withLock({ $0 }) { throw failure }
        state.withLock { $0.isSynced = true }
    }

    private final class SyncFailures: Sendable {
        let first = Mutex<FileError?>(nil)
    }

    /// Adds an aborted transaction; the file is made with the first.
    func append(_ transaction: AbortedTxn) throws(FileError) {
        let file = try directory.fileSystem.open(path(.transactionIndex), .create)
        let bytes = ByteSlice(
            storage: ByteStorage(capacityBytes: AbortedTxn.sizeBytes), storageOffset: 0, count: AbortedTxn.sizeBytes)
        transaction.store(to: bytes, at: 0)
        let whole = try file.sizeBytes() / Int64(AbortedTxn.sizeBytes)
        try file.write(bytes, at: whole * Int64(AbortedTxn.sizeBytes))
        state.withLock { state in
            state.hasTransactionIndex = true
            state.isSynced = false
        }
    }

    /// The aborted transactions that overlap a range, and whether later segments need no look.
    func abortedTransactions(
        from fetchOffset: Int64, to upperBoundOffset: Int64
    ) throws(FileError) -> (transactions: [AbortedTxn], isComplete: Bool) {
        guard state.withLock({ $0.hasTransactionIndex }) else { return ([], false) }
        guard let file = try indexFile(.transactionIndex) else {
            // It has another name by now, as the segment was deleted or took the place of others: to be looked for
            // anew.
            throw FileError(call: "open", path: path(.transactionIndex), errno: ENOENT)
        }
        return try TransactionIndex.collect(from: file, fetchOffset: fetchOffset, upperBoundOffset: upperBoundOffset)
    }

    /// Whether the segment must be rolled before `records` are appended. Kafka: `LogSegment.shouldRoll`.
    func shouldRoll(_ records: AppendedRecords, config: LogConfig, nowMs: Int64) throws(FileError) -> Bool {
        let size = sizeBytes
        if size > config.segmentSizeBytes - records.bytes.count || !canHold(records.lastOffset) { return true }
        if size == 0 { return false }
        try readIndexes()
        let first = try firstBatchTimestamp() ?? -1
        let (isFull, createdMs, jitterMs) = state.withLock { state in
            (
                state.offsetIndex.count >= OffsetIndex.maxEntries(config)
                    || state.timeIndex.count >= TimeIndex.maxEntries(config),
                state.createdMs, state.rollJitterMs
            )
        }
        if isFull { return true }
        let waitedMs = first >= 0 ? records.maxTimestamp.timestampMs &- first : nowMs &- createdMs
        return waitedMs > config.maxSegmentMs - jitterMs
    }
}

extension LogConfig {
    /// The oldest a segment may get before it is rolled: for compaction to come in time, `max.compaction.lag.ms` counts
    /// too.
    var maxSegmentMs: Int64 {
        cleanupPolicy.contains(.compact) && maxCompactionLagMs > 0 ? min(maxCompactionLagMs, segmentMs) : segmentMs
    }

    /// A random part of `segment.jitter.ms`, so that many logs do not roll at once.
    func randomSegmentJitterMs() -> Int64 {
        segmentJitterMs <= 0 ? 0 : Int64.random(in: 0..<max(1, min(segmentJitterMs, segmentMs)))
    }
}
