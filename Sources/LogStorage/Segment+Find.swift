// Finding offsets and timestamps in a segment.

import Files
import Records

extension Segment {
    /// The first batch whose last offset is not before `offset`: where it begins and ends, within the first `limit` bytes.
    /// nil when there is none. Kafka: `LogSegment.translateOffset`.
    func find(_ offset: Int64, limit: Int) throws(FileError) -> Range<Int>? {
        let size = min(sizeBytes, limit)
        if size == 0 { return nil }
        if let recent = state.withLock({ $0.recent.find(offset, segmentEnd: size) }), recent.upperBound <= size {
            return recent
        }
        return try scan(toOffset: offset, limit: size).map { $0.position..<$0.end }
    }

    /// As `find`, with the batch's header.
    func findBatch(_ offset: Int64, limit: Int) throws(FileError) -> BatchPosition? {
        try scan(toOffset: offset, limit: min(sizeBytes, limit))
    }

    private func scan(toOffset offset: Int64, limit: Int) throws(FileError) -> BatchPosition? {
        let entry = try indexEntry(atOrBefore: offset)
        var scanner = BatchScanner(file: try logFile(), from: Int(entry?.position ?? 0), to: limit)
        let first = try scanner.next()
        if let entry, !isPlausible(entry, first, limit: limit) {
            // The index is damaged: find the place without it.
            scanner = BatchScanner(file: try logFile(), from: 0, to: limit)
            return try Self.firstBatch(first: try scanner.next(), of: &scanner) { $0.lastOffset >= offset }
        }
        return try Self.firstBatch(first: first, of: &scanner) { $0.lastOffset >= offset }
    }

    /// Whether an index entry leads to a batch that may stand there.
    private func isPlausible(_ entry: OffsetIndexEntry, _ batch: BatchPosition?, limit: Int) -> Bool {
        guard entry.position >= 0 else { return false }
        // The index may know of batches beyond what this reader may see.
        guard let batch else { return Int(entry.position) >= limit }
        return batch.header.baseOffset >= baseOffset
            && batch.header.baseOffset <= baseOffset + Int64(entry.relativeOffset)
    }

    private static func firstBatch(
        first: BatchPosition?, of scanner: inout BatchScanner, where matches: (BatchPosition) -> Bool
    ) throws(FileError) -> BatchPosition? {
        var batch = first
        while let found = batch {
            if matches(found) { return found }
            batch = try scanner.next()
        }
        return nil
    }

    /// The offset index's last entry whose offset is not after `offset`.
    func indexEntry(atOrBefore offset: Int64) throws(FileError) -> OffsetIndexEntry? {
        try readIndexes()
        let relative = self.relative(offset)
        let isBefore: (OffsetIndexEntry) -> Bool = { $0.relativeOffset <= relative }
        let (found, onDisk) = state.withLock { state in
            (state.offsetIndex.searchBuffered(isBefore), state.offsetIndex.entriesOnDisk ?? 0)
        }
        if let found { return found.last }
        guard onDisk > 0, let file = try indexFile(.offsetIndex) else { return nil }
        return try OffsetIndex.search(file, count: onDisk, isBefore).last
    }

    /// An offset that is certainly not in the first `position` bytes: that of the first index entry at or after `position`.
    /// nil when no entry is. Kafka: `OffsetIndex.fetchUpperBoundOffset`.
    func upperBoundOffset(ofPosition position: Int) throws(FileError) -> Int64? {
        try readIndexes()
        let isBefore: (OffsetIndexEntry) -> Bool = { Int($0.position) < position }
        let (found, first, onDisk) = state.withLock { state in
            let index = state.offsetIndex
            return (index.searchBuffered(isBefore), index.buffered.first, index.entriesOnDisk ?? 0)
        }
        if let found { return found.next.map { baseOffset + Int64($0.relativeOffset) } }
        if onDisk > 0, let file = try indexFile(.offsetIndex),
            let next = try OffsetIndex.search(file, count: onDisk, isBefore).next
        {
            return baseOffset + Int64(next.relativeOffset)
        }
        return first.map { baseOffset + Int64($0.relativeOffset) }
    }

    /// The time index's last entry whose timestamp is not after `timestampMs`.
    func timeIndexEntry(atOrBefore timestampMs: Int64) throws(FileError) -> TimeIndexEntry? {
        try readIndexes()
        let isBefore: (TimeIndexEntry) -> Bool = { $0.timestampMs <= timestampMs }
        let (found, onDisk) = state.withLock { state in
            (state.timeIndex.searchBuffered(isBefore), state.timeIndex.entriesOnDisk ?? 0)
        }
        if let found { return found.last }
        guard onDisk > 0, let file = try indexFile(.timeIndex) else { return nil }
        return try TimeIndex.search(file, count: onDisk, isBefore).last
    }

    /// The first batch from `offset` on that has a timestamp not before `timestampMs`; all batches before it are older.
    func findBatch(withTimestampFrom timestampMs: Int64, offset: Int64) throws(FileError) -> BatchPosition? {
        let time = try timeIndexEntry(atOrBefore: timestampMs)
        let indexed = max(time.map { baseOffset + Int64($0.relativeOffset) } ?? baseOffset, offset)
        let start = try indexEntry(atOrBefore: indexed)
        var scanner = BatchScanner(file: try logFile(), from: Int(max(0, start?.position ?? 0)), to: sizeBytes)
        return try Self.firstBatch(first: try scanner.next(), of: &scanner) { $0.maxTimestamp >= timestampMs }
    }

    /// The offset after the last batch. Kafka: `readNextOffset`.
    func readNextOffset() throws(FileError) -> Int64 { try readTail().nextOffset }

    /// Where the last whole batch ends, found by reading from the last index entry on.
    func readTail() throws(FileError) -> (nextOffset: Int64, validBytes: Int) {
        guard sizeBytes > 0 else { return (baseOffset, 0) }
        try readIndexes()
        var next = baseOffset
        var scanner = BatchScanner(file: try logFile(), from: 0, to: sizeBytes)
        if let last = state.withLock({ $0.offsetIndex.last }) {
            var fromLast = BatchScanner(file: try logFile(), from: Int(max(0, last.position)), to: sizeBytes)
            if let batch = try fromLast.next(), isPlausible(last, batch, limit: sizeBytes) {
                next = batch.lastOffset &+ 1
                scanner = fromLast
            }
        }
        while let batch = try scanner.next() { next = batch.lastOffset &+ 1 }
        return (next, scanner.position)
    }
}
