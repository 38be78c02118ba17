// Cutting a segment back, and taking it off the disk. For the log's writer alone.

import Bytes
import Files

extension Segment {
    /// Cuts the segment so that it ends at `offset` or before, at a batch's end, and its indexes with it. Gives back
    /// the offset after the last record left. Kafka: `LogSegment.truncateTo`.
    func truncate(to offset: Int64) throws(FileError) -> Int64 {
        try readIndexes()
        // Whoever looks something up meanwhile must not take what goes for damage.
        state.withLock { state in
            state.generation += 1
            state.isIndexDamaged = true
        }
        let cut = try findBatch(offset, limit: sizeBytes)
        let size = cut?.position ?? sizeBytes
        try writeIndexes()
        try truncateIndex(.offsetIndex, bytes: 8) { entry in
            OffsetIndexEntry(entry, at: 0).relativeOffset >= self.relative(offset)
        }
        try truncateIndex(.timeIndex, bytes: 12) { entry in
            TimeIndexEntry(entry, at: 0).relativeOffset >= self.relative(offset)
        }
        if state.withLock({ $0.hasTransactionIndex }), let file = try indexFile(.transactionIndex) {
            let kept = try TransactionIndex.countEnding(before: offset, in: file)
            try file.truncate(to: Int64(kept * AbortedTxn.sizeBytes))
        }
        try logFile().truncate(to: Int64(size))
        setSizeBytes(size)
        state.withLock { state in
            state.offsetIndex = .unread
            state.timeIndex = .unread
            state.maxTimestamp = nil
            state.recent.removeAll()
            state.bytesSinceIndexEntry = 0
            state.isSynced = false
            state.generation += 1
            state.isIndexDamaged = false
            if size == 0 {
                state.firstBatchTimestamp = nil
                state.createdMs = directory.environment.now()
            }
        }
        try findLargestTimestamp()
        return try readNextOffset()
    }

    private func truncateIndex(
        _ kind: LogFileKind, bytes: Int, _ isCut: (ByteSlice) -> Bool
    ) throws(FileError) {
        guard let file = try indexFile(kind) else { return }
        var low = 0
        var high = Int(clamping: try file.sizeBytes()) / bytes
        while low < high {
            let middle = (low + high) / 2
            let entry = try file.read(count: bytes, at: Int64(middle * bytes))
            if entry.count < bytes || isCut(entry) { high = middle } else { low = middle + 1 }
        }
        try file.truncate(to: Int64(low * bytes))
    }

    /// The time index names the largest timestamp up to its last entry; what comes after may have a larger one.
    private func findLargestTimestamp() throws(FileError) {
        let indexed = try maxTimestamp()
        let start = indexed.timestampMs < 0 ? 0 : try position(atOrBefore: indexed.offset)
        let largest = try largestTimestamp(after: indexed, from: start)
        state.withLock { $0.maxTimestamp = largest }
    }

    /// Gives the segment's files their `.deleted` names.
    func markDeleted() throws(FileError) {
        let kinds: [LogFileKind] = [.log, .offsetIndex, .timeIndex, .transactionIndex]
        let old = kinds.map { path($0) }
        for path in old {
            do throws(FileError) {
                try directory.fileSystem.rename(path, to: path + LogFileSuffix.deleted.rawValue)
            } catch {
                if !error.isNotFound { throw error }
            }
        }
        state.withLock { $0.suffix = .deleted }
    }

    /// Removes the segment's files; what cannot be removed now is removed when the log is opened next.
    func removeFiles() {
        for kind in [LogFileKind.log, .offsetIndex, .timeIndex, .transactionIndex] {
            try? directory.fileSystem.removeFile(path(kind))
        }
    }
}
