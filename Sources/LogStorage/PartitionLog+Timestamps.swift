// Offsets by timestamp: what ListOffsets asks for.

import Bytes
import Files
import Records
import Synchronization

extension PartitionLog {
    /// The first record whose timestamp is not before `timestampMs`, from the log start offset on; nil when there is
    /// none. A negative `timestampMs` is one of `SpecialTimestamp`. The log's end bounds the search, not the high
    /// watermark: the caller compares. Kafka: `UnifiedLog.fetchOffsetByTimestamp`.
    ///
    /// Where records are compressed, one batch is opened.
    public func offset(forTimestamp timestampMs: Int64) throws(LogError) -> TimestampAndOffset? {
        try health.check()
        let (segments, offsets, epochs) = view.withLock { ($0.segments, $0.offsets, $0.epochs) }
        switch timestampMs {
        case SpecialTimestamp.earliest, SpecialTimestamp.earliestLocal:
            let earliest = epochs.earliest
            let epoch = earliest.flatMap { $0.startOffset <= offsets.logStartOffset ? $0.epoch : nil }
            return TimestampAndOffset(timestampMs: -1, offset: offsets.logStartOffset, leaderEpoch: epoch)
        case SpecialTimestamp.latest:
            return TimestampAndOffset(
                timestampMs: -1, offset: offsets.logEndOffset, leaderEpoch: epochs.latest?.epoch)
        case SpecialTimestamp.latestTiered, SpecialTimestamp.earliestPendingUpload:
            // Nothing is kept elsewhere.
            return TimestampAndOffset(timestampMs: -1, offset: -1, leaderEpoch: nil)
        case SpecialTimestamp.maxTimestamp:
            return try health.guarding { () throws(FileError) in try latestTimestamp(segments) }
        default:
            return try health.guarding { () throws(FileError) in
                try search(segments, from: timestampMs, startOffset: offsets.logStartOffset)
            }
        }
    }

    /// Whether `offset(forTimestamp:)` looks into segments before the active one, which may have to be read from the
    /// disk: into the one that has the answer, or into those whose largest timestamp nobody read yet. What was appended
    /// last is in memory.
    public func isInOldSegment(timestamp timestampMs: Int64) -> Bool {
        guard timestampMs >= 0 || timestampMs == SpecialTimestamp.maxTimestamp else { return false }
        let segments = view.withLock { $0.segments }
        if segments.count == 1 { return segments[0].sizeBytes > 0 && segments[0].knownMaxTimestamp == nil }
        var largest = Int64.min
        var isLargestOld = false
        for (slot, segment) in segments.enumerated() where segment.sizeBytes > 0 {
            // One that is not stamped has the time of its file.
            guard let known = segment.knownMaxTimestamp, known >= 0 else { return true }
            if timestampMs >= 0 && known >= timestampMs { return slot < segments.count - 1 }
            if known > largest { (largest, isLargestOld) = (known, slot < segments.count - 1) }
        }
        return timestampMs < 0 && isLargestOld
    }

    /// Reads what `offset(forTimestamp:)` needs, which blocks for as long as the disk takes; then that finds it in
    /// memory. What goes wrong, goes wrong there again.
    public func prepareSearch(forTimestamp timestampMs: Int64) {
        _ = try? offset(forTimestamp: timestampMs)
    }

    /// The first record with the largest timestamp of all.
    private func latestTimestamp(_ segments: [Segment]) throws(FileError) -> TimestampAndOffset? {
        var holder = segments[0]
        var largest = try holder.maxTimestamp()
        for segment in segments.dropFirst() {
            let other = try segment.maxTimestamp()
            if other.timestampMs > largest.timestampMs { (holder, largest) = (segment, other) }
        }
        guard holder.sizeBytes > 0, let batch = try holder.findBatch(withMaxTimestamp: largest) else { return nil }
        return try holder.record(in: batch) { timestamp, _ in timestamp == batch.maxTimestamp }
    }

    private func search(
        _ segments: [Segment], from timestampMs: Int64, startOffset: Int64
    ) throws(FileError) -> TimestampAndOffset? {
        for segment in segments where try segment.largestTimestampMs() >= timestampMs {
            // One that the cleaner emptied goes by its file's time, and that of a new partition may have no file yet.
            guard segment.sizeBytes > 0 else { return nil }
            var place = try segment.findBatch(withTimestampFrom: timestampMs, offset: startOffset)
            while let batch = place {
                let found = try segment.record(in: batch) { timestamp, offset in
                    timestamp >= timestampMs && offset >= startOffset
                }
                if let found { return found }
                place = try segment.nextBatch(after: batch) { $0.maxTimestamp >= timestampMs }
            }
            // Kafka looks into the first such segment alone.
            return nil
        }
        return nil
    }
}

extension Segment {
    /// The largest timestamp, when it was read before.
    fileprivate var knownMaxTimestamp: Int64? { state.withLock { $0.maxTimestamp?.timestampMs } }

    /// The first batch with the timestamp that the indexes say is the largest.
    func findBatch(withMaxTimestamp largest: TimestampOffset) throws(FileError) -> BatchPosition? {
        var scanner = BatchScanner(file: try logFile(), from: try position(atOrBefore: largest.offset), to: sizeBytes)
        return try Self.firstBatch(of: &scanner) { $0.maxTimestamp == largest.timestampMs }
    }

    func nextBatch(
        after batch: BatchPosition, where matches: (BatchPosition) -> Bool
    ) throws(FileError) -> BatchPosition? {
        var scanner = BatchScanner(file: try logFile(), from: batch.end, to: sizeBytes)
        return try Self.firstBatch(of: &scanner, where: matches)
    }
}
