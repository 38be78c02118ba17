// Moving the log's bounds: the high watermark, the start, and cutting back its end.

import Files
import Synchronization

extension PartitionLog {
    // MARK: High watermark

    /// Whether the high watermark is the log's end: this node is the only replica. So it is from the beginning.
    public func setHighWatermarkFollowsEnd(_ follows: Bool) {
        writer.withLock { writer in
            view.withLock { $0.followsEnd = follows }
            if follows { publishEnd(logEndOffset, writer: &writer) }
        }
        notifyListeners()
    }

    /// Raises the high watermark to `offset`, at most to the log's end. It never goes back. Kafka:
    /// `maybeIncrementHighWatermark`.
    public func advanceHighWatermark(to offset: Int64) {
        let didRise = writer.withLock { writer in
            let new = min(offset, logEndOffset)
            guard new > highWatermark else { return false }
            writer.producers.highWatermarkDidRise(to: new)
            publish(writer) { $0.offsets.highWatermark = new }
            return true
        }
        if didRise { notifyListeners() }
    }

    // MARK: Start

    /// Forgets records before `offset`; whole segments before it may be deleted from then on. OFFSET_OUT_OF_RANGE
    /// beyond the high watermark; nothing happens when the log begins there or later already. Kafka:
    /// `maybeIncrementLogStartOffset`.
    public func advanceLogStartOffset(to offset: Int64) throws(LogError) {
        try health.check()
        let didMove = try writer.withLock { writer throws(LogError) in
            try requireOpen(writer)
            guard offset <= highWatermark else {
                throw .refused(
                    .offsetOutOfRange,
                    "Cannot increment the log start offset to \(offset) of partition \(topicPartition) since it is larger "
                        + "than the high watermark \(highWatermark)")
            }
            guard offset > logStartOffset else { return false }
            moveStart(to: offset, &writer)
            return true
        }
        guard didMove else { return }
        scheduleEpochWrite()
        notifyListeners()
    }

    // MARK: End

    /// Cuts the log back so that it ends at `offset` or before. Kafka: `UnifiedLog.truncateTo`.
    public func truncate(to offset: Int64) throws(LogError) {
        precondition(offset >= 0)
        try health.check()
        try changingStructure { writer throws(LogError) in
            try requireOpen(writer)
            if offset >= logEndOffset {
                view.withLock { if $0.epochs.truncateFromEnd($0.offsets.logEndOffset) { $0.areEpochsUnwritten = true } }
                return
            }
            try checkTail(&writer)
            let segments = view.withLock { $0.segments }
            try health.guarding { () throws(FileError) in
                if segments[0].baseOffset > offset {
                    try restart(at: offset, &writer)
                } else {
                    try cut(segments, at: offset, &writer)
                }
            }
        }
        scheduleEpochWrite()
        notifyListeners()
    }

    /// Deletes all records; the log goes on at `offset`. Kafka: `truncateFullyAndStartAt`.
    public func truncateFully(startingAt offset: Int64) throws(LogError) {
        precondition(offset >= 0)
        try health.check()
        try changingStructure { writer throws(LogError) in
            try requireOpen(writer)
            try health.guarding { () throws(FileError) in try restart(at: offset, &writer) }
        }
        scheduleEpochWrite()
        notifyListeners()
    }

    private func changingStructure(_ body: (inout LogWriter) throws(LogError) -> Void) throws(LogError) {
        try structure.withLock { _ throws(LogError) in
            try writer.withLock { writer throws(LogError) in try body(&writer) }
        }
    }

    private func cut(_ segments: [Segment], at offset: Int64, _ writer: inout LogWriter) throws(FileError) {
        let kept = segments.filter { $0.baseOffset <= offset }
        // The last one first: a crash in between leaves no gap.
        try delete(segments.filter { $0.baseOffset > offset }.reversed(), &writer)
        let active = kept[kept.count - 1]
        let end = try active.truncate(to: offset)
        try removeSnapshots(&writer) { $0 > end }
        let start = min(end, logStartOffset)
        writer.producers = try ProducerStateLoader(
            directory: directory, partition: topicPartition, segments: kept, snapshots: writer.snapshotOffsets
        ).load(logStartOffset: start, endOffset: end)
        finishCut(kept, start: start, end: end, &writer)
    }

    private func restart(at offset: Int64, _ writer: inout LogWriter) throws(FileError) {
        let (segments, config) = view.withLock { ($0.segments, $0.config.values) }
        try directory.ensureMade()
        try delete(segments.reversed(), &writer)
        try removeSnapshots(&writer) { _ in true }
        let segment = try Segment.create(
            baseOffset: offset, in: directory, rollJitterMs: config.randomSegmentJitterMs())
        writer.producers.reset(to: offset)
        writer.isTailChecked = true
        view.withLock { view in
            view.isTailUnchecked = false
            view.epochs.removeAll()
        }
        finishCut([segment], start: offset, end: offset, &writer)
    }

    private func finishCut(_ segments: [Segment], start: Int64, end: Int64, _ writer: inout LogWriter) {
        writer.flushDueOffset = min(writer.flushDueOffset, end)
        publish(writer) { view in
            view.segments = segments
            view.offsets.logStartOffset = start
            view.offsets.logEndOffset = end
            view.offsets.highWatermark = max(start, min(view.offsets.highWatermark, end))
            if view.followsEnd { view.offsets.highWatermark = end }
            view.activeSizeBytes = view.active.sizeBytes
            view.lastBound = nil
            _ = view.epochs.truncateFromEnd(end)
            view.areEpochsUnwritten = true
        }
        recoveryPointValue.store(min(recoveryPoint, end), ordering: .sequentiallyConsistent)
        directory.changes?.note([.highWatermark, .recoveryPoint, .startOffset])
    }

    // MARK: Files that go

    /// Renames the files of segments to `.deleted`, and removes them after `file.delete.delay.ms`: a reader may be
    /// about to open one, or be in the middle of it.
    func delete(_ segments: [Segment], _ writer: inout LogWriter) throws(FileError) {
        guard !segments.isEmpty else { return }
        for segment in segments { try segment.markDeleted() }
        let delayMs = view.withLock { $0.config.values.fileDeleteDelayMs }
        environment.worker.run(afterMs: delayMs) {
            for segment in segments { segment.removeFiles() }
        }
    }

    func removeSnapshots(_ writer: inout LogWriter, where isObsolete: (Int64) -> Bool) throws(FileError) {
        for offset in writer.snapshotOffsets where isObsolete(offset) {
            try environment.fileSystem.removeFileIfPresent(snapshotPath(offset))
        }
        writer.snapshotOffsets.removeAll(where: isObsolete)
    }
}
