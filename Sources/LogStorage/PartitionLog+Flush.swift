// Making what was appended durable, and saying up to where it is.
//
// What a sync covers: of the active segment the batches alone, since recovery builds its indexes anew; of those before
// it, all files. So the recovery point leaves a segment behind only when everything of it is on disk.

import Files
import Synchronization

extension PartitionLog {
    /// Syncs all that was appended so far, and moves the recovery point there. Blocks for as long as the disk takes;
    /// appends go on meanwhile. Kafka: `UnifiedLog.flush`.
    public func flush() throws(LogError) {
        try flush(upTo: logEndOffset, snapshot: nil)
    }

    /// Syncs what was appended before `offset`, and with it what was rolled before and not synced since. `snapshot`:
    /// the offset of a producer snapshot that is to be synced too.
    func flush(upTo offset: Int64, snapshot: Int64?) throws(LogError) {
        try health.check()
        let from = recoveryPoint
        let (unsynced, areNamesSynced) = writer.withLock { writer in
            (unsyncedSegments(from: from, upTo: offset), writer.areNamesSynced)
        }
        guard offset > from || snapshot != nil || unsynced.contains(where: { !$0.isActive }) else { return }
        let isNew = snapshot != nil || !areNamesSynced || unsynced.contains { $0.segment.baseOffset >= from }
        try health.guarding { () throws(FileError) in
            for (segment, isActive) in unsynced {
                try Self.unlessGone { () throws(FileError) in
                    if isActive { try segment.logFile().sync() } else { try segment.syncAll() }
                }
            }
            try Self.unlessGone { () throws(FileError) in
                if let snapshot { try environment.fileSystem.open(snapshotPath(snapshot), .readWrite).sync() }
            }
            try Self.unlessGone { () throws(FileError) in
                // The names of new files must last too.
                if isNew { try syncNames() }
                try syncEpochs()
            }
        }
        try health.check()
        moveRecoveryPoint(to: offset)
    }

    /// What retention, the cleaner, a cut or a deletion took away meanwhile needs no sync; what is beside it does.
    private static func unlessGone(_ sync: () throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) { try sync() } catch {
            if !error.isNotFound { throw error }
        }
    }

    /// Makes the names of the files durable, and that of the directory and whose it is when nobody did so since it was
    /// made or found after an unclean stop: records on disk that belong to no topic would be taken for those of the
    /// next one of its name.
    func syncNames() throws(FileError) {
        try environment.fileSystem.syncDirectory(path)
        if writer.withLock({ $0.areNamesSynced }) { return }
        // A log that belongs to no registry has no such file.
        if topicId != nil {
            try environment.fileSystem.open(directory.path(of: PartitionMetadata.fileName), .readWrite).sync()
        }
        try environment.fileSystem.syncDirectory(FilePath.parent(of: path))
        writer.withLock { $0.areNamesSynced = true }
    }

    /// The segments with batches from `from` up to `offset`, and those before them that were rolled and not yet synced
    /// as a whole. The writer's lock is held.
    private func unsyncedSegments(from: Int64, upTo offset: Int64) -> [(segment: Segment, isActive: Bool)] {
        view.withLock { view in
            var first = LogView.floor(from, in: view.segments) ?? 0
            while first > 0, !view.segments[first - 1].state.withLock({ $0.isSynced }) { first -= 1 }
            let active = view.active
            return view.segments[first...].filter { $0.baseOffset < offset && !$0.state.withLock { $0.isSynced } }
                .map { ($0, $0 === active) }
        }
    }

    /// What the checkpoint is to say: the recovery point, or what lies before it as long as the indexes of a segment
    /// before it are not synced. A start goes over the segment that holds the checkpoint's offset and those after it,
    /// and believes the indexes of the others.
    var durableRecoveryPoint: Int64 {
        view.withLock { view in
            let point = min(recoveryPoint, view.firstGoneUnsynced ?? Int64.max)
            guard let holder = LogView.floor(point, in: view.segments) else { return point }
            func isSynced(_ slot: Int) -> Bool { view.segments[slot].state.withLock { $0.isSynced } }
            var first = holder
            while first > 0, !isSynced(first - 1) { first -= 1 }
            if first < holder { return view.segments[first].baseOffset }
            // A roll may let the next segment begin just there: the offset before it still is of this one.
            return point > view.segments[holder].baseOffset && !isSynced(holder) ? point - 1 : point
        }
    }

    /// Notes that everything before `offset` is on disk; what waited for that becomes readable.
    private func moveRecoveryPoint(to offset: Int64) {
        let isMore = writer.withLock { writer in
            guard offset > recoveryPoint && offset <= logEndOffset else { return false }
            recoveryPointValue.store(offset, ordering: .sequentiallyConsistent)
            directory.changes?.note(.recoveryPoint)
            guard writer.flushDueOffset > 0, highWatermark < logEndOffset, view.withLock({ $0.followsEnd }) else {
                return false
            }
            let readable = writer.flushDueOffset <= offset ? logEndOffset : max(highWatermark, offset)
            writer.producers.highWatermarkDidRise(to: readable)
            publish(writer) { $0.offsets.highWatermark = readable }
            return true
        }
        if isMore { notifyListeners() }
    }

    /// `flush.ms`: a sync is due that long after the first append that is not synced.
    func scheduleFlush(_ config: LogConfig, _ writer: inout LogWriter) {
        guard config.flushMs < Int64.max, !writer.isFlushScheduled else { return }
        writer.isFlushScheduled = true
        environment.worker.run(afterMs: config.flushMs) { [weak self] in
            guard let self else { return }
            self.writer.withLock { $0.isFlushScheduled = false }
            self.environment.commits.add(self, upTo: self.logEndOffset, nil)
        }
    }
}
