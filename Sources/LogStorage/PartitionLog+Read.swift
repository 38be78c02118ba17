// Reading: a range of one segment's file, which the caller sends without ever looking at it.

import Bytes
import Files
import Synchronization

extension PartitionLog {
    /// The batches from the one that holds `offset` on, at most `maxBytes`, of one segment.
    ///
    /// As Kafka's: the range may begin with records before `offset` and may end within a batch; when the first batch
    /// alone is larger than `maxBytes`, it is given whole if `minOneMessage`, else cut. Only headers near the range are
    /// read here, not the range itself. OFFSET_OUT_OF_RANGE before the log start offset and beyond the log end offset;
    /// CORRUPT_MESSAGE where the file is damaged. Kafka: `UnifiedLog.read`, `LocalLog.read`, `LogSegment.read`.
    public func read(
        from offset: Int64, maxBytes: Int, upTo isolation: ReadIsolation = .highWatermark, minOneMessage: Bool = true
    ) throws(LogError) -> ReadResult {
        try health.check()
        var attempts = 0
        while true {
            let outcome: Result<ReadResult, LogError>
            do throws(FileError) {
                outcome = try readOnce(
                    from: offset, maxBytes: max(0, maxBytes), upTo: isolation, minOneMessage: minOneMessage)
            } catch {
                // A segment may be deleted between looking it up and opening it: look again.
                attempts += 1
                if error.isNotFound && attempts < 3 { continue }
                health.fail(error)
                throw .storage(error)
            }
            return try outcome.get()
        }
    }

    /// Whether a read from `offset` would wait for the disk to find its place: for the indexes of a segment, or where
    /// the log ends, which nobody read since the log was opened, or for what of an old segment is not in memory any
    /// more. Of who reads at the log's end that costs a lock and a search among the segments; of others the looking for
    /// the place, which the read then need not do.
    public func isUnread(at offset: Int64, upTo isolation: ReadIsolation) -> Bool {
        let (segments, isTailUnchecked, end) = view.withLock {
            ($0.segments, $0.isTailUnchecked, $0.offsets.logEndOffset)
        }
        if isTailUnchecked { return true }
        guard let slot = LogView.floor(offset, in: segments) else { return false }
        let segment = segments[slot]
        if segment.sizeBytes > 0 {
            let (areIndexesRead, isRecent) = segment.state.withLock {
                ($0.offsetIndex.entriesOnDisk != nil, $0.recent.covers(offset))
            }
            if !areIndexesRead { return true }
            if !isRecent && offset < end && !Self.canFindInMemory(offset, in: segments[slot...]) { return true }
        }
        guard isolation == .lastStableOffset else { return false }
        // The next transaction index, which is checked when it is first read.
        let next = segments[slot...].first { $0.state.withLock { $0.hasTransactionIndex } }
        return next.map { $0.state.withLock { !$0.areTransactionsChecked } } ?? false
    }

    /// Whether the first batch from `offset` on can be found without waiting for the disk: in the first segment, or,
    /// when all from there on was cleaned away, in the next.
    private static func canFindInMemory(_ offset: Int64, in segments: ArraySlice<Segment>) -> Bool {
        for segment in segments where segment.sizeBytes > 0 {
            if segment.state.withLock({ $0.offsetIndex.entriesOnDisk == nil }) { return false }
            let (canFind, isThere) = segment.canFindInMemory(offset)
            if isThere || !canFind { return canFind }
        }
        return true
    }

    /// Reads what a `read` from `offset` needs to find its place, which blocks for as long as the disk takes; then that
    /// read finds it in memory. Where the log ends is looked into, too. What goes wrong, goes wrong in that read again.
    public func prepareRead(at offset: Int64, upTo isolation: ReadIsolation) {
        try? writer.withLock { writer throws(LogError) in
            try requireOpen(writer)
            try checkTail(&writer)
        }
        _ = try? read(from: offset, maxBytes: 1, upTo: isolation)
    }

    private func readOnce(
        from offset: Int64, maxBytes: Int, upTo isolation: ReadIsolation, minOneMessage: Bool
    ) throws(FileError) -> Result<ReadResult, LogError> {
        let snapshot = view.withLock { ReadSnapshot($0) }
        let offsets = snapshot.offsets
        if offset < offsets.logStartOffset {
            return .failure(
                outOfRange(offset, "but we only have log segments starting from offset: \(offsets.logStartOffset)."))
        }
        guard offset <= offsets.logEndOffset, var slot = snapshot.floor(offset) else {
            return .failure(outOfRange(offset, "but we only have log segments upto \(offsets.logEndOffset)."))
        }
        let isCommitted = isolation == .lastStableOffset
        var result = ReadResult(
            segmentBaseOffset: -1, positionInSegment: -1, abortedTransactions: isCommitted ? [] : nil, offsets: offsets)
        let bound = try boundPosition(isolation, snapshot)
        if offset >= bound.offset {
            if offset == bound.offset {
                result.segmentBaseOffset = bound.segmentBaseOffset
                result.positionInSegment = bound.position
            }
            return .success(result)
        }
        while slot < snapshot.segments.count {
            let segment = snapshot.segments[slot]
            if segment.baseOffset > bound.segmentBaseOffset { break }
            let limit = segment.baseOffset == bound.segmentBaseOffset ? bound.position : segment.sizeBytes
            if let batch = try segment.find(offset, limit: segment.sizeBytes) {
                result.segmentBaseOffset = segment.baseOffset
                result.positionInSegment = batch.lowerBound
                let wanted = minOneMessage ? max(maxBytes, batch.count) : maxBytes
                let size = min(limit - batch.lowerBound, wanted)
                guard size > 0 else { return .success(result) }
                result.isFirstBatchCut = wanted < batch.count
                result.records = FileRegion(
                    owner: try segment.logFile(), position: Int64(batch.lowerBound), sizeBytes: size)
                if isCommitted {
                    result.abortedTransactions = try abortedTransactions(
                        from: offset, in: snapshot, slot: slot, upToPosition: batch.lowerBound + size)
                }
                return .success(result)
            }
            // To go on after it would be to keep from the reader that records are missing.
            if let position = try segment.damage(onTheWayTo: offset) {
                return .failure(
                    .refused(
                        .corruptMessage,
                        "Found no batch at byte \(position) of segment \(segment.baseOffset) of \(topicPartition)"))
            }
            slot += 1
        }
        // All records from `offset` on were cleaned away.
        return .success(result)
    }

    private func outOfRange(_ offset: Int64, _ reason: String) -> LogError {
        .refused(
            .offsetOutOfRange, "Received request for offset \(offset) for partition \(topicPartition), \(reason)")
    }

    /// Where the bytes end that `isolation` lets a reader see.
    private func boundPosition(_ isolation: ReadIsolation, _ snapshot: ReadSnapshot) throws(FileError) -> BoundPosition
    {
        let offset =
            switch isolation {
            case .logEnd: snapshot.offsets.logEndOffset
            case .highWatermark: snapshot.offsets.highWatermark
            case .lastStableOffset: snapshot.offsets.lastStableOffset
            }
        if offset >= snapshot.offsets.logEndOffset {
            return BoundPosition(
                offset: offset, segmentBaseOffset: snapshot.active.baseOffset, position: snapshot.activeSizeBytes)
        }
        if let known = snapshot.lastBound, known.offset == offset { return known }
        var slot = snapshot.floor(offset) ?? 0
        while slot < snapshot.segments.count {
            let segment = snapshot.segments[slot]
            if let batch = try segment.find(offset, limit: segment.sizeBytes) {
                let found = BoundPosition(
                    offset: offset, segmentBaseOffset: segment.baseOffset, position: batch.lowerBound)
                view.withLock { $0.lastBound = found }
                return found
            }
            slot += 1
        }
        return BoundPosition(
            offset: offset, segmentBaseOffset: snapshot.active.baseOffset, position: snapshot.activeSizeBytes)
    }
}

/// What a read takes out of the view at once.
struct ReadSnapshot {
    let segments: [Segment]
    let offsets: LogOffsets
    /// The active segment's size when its end was `offsets.logEndOffset`.
    let activeSizeBytes: Int
    let lastBound: BoundPosition?

    init(_ view: LogView) {
        segments = view.segments
        offsets = view.offsets
        activeSizeBytes = view.activeSizeBytes
        lastBound = view.lastBound
    }

    var active: Segment { segments[segments.count - 1] }

    func floor(_ offset: Int64) -> Int? { LogView.floor(offset, in: segments) }
}
