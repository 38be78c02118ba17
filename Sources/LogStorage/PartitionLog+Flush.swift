// Making what was appended durable, and saying up to where it is.

import Files
import Synchronization

extension PartitionLog {
    /// Syncs all that was appended so far, and moves the recovery point there. Blocks for as long as the disk takes; appends go
    /// on meanwhile. Kafka: `UnifiedLog.flush`.
    public func flush() throws(LogError) {
        try flush(upTo: logEndOffset, snapshot: nil)
    }

    /// Syncs what was appended before `offset`.
    func flush(upTo offset: Int64, snapshot: Int64?) throws(LogError) {
        try health.check()
        let from = recoveryPoint
        guard offset > from else { return }
        try health.guarding { () throws(FileError) in
            let segments = try writer.withLock { _ throws(FileError) in
                let segments = view.withLock { view in
                    view.segments[(LogView.floor(from, in: view.segments) ?? 0)...].filter { $0.baseOffset < offset }
                }
                for segment in segments { try segment.writeIndexes() }
                return segments
            }
            do throws(FileError) {
                for segment in segments { try segment.sync() }
                if let snapshot { try environment.fileSystem.open(snapshotPath(snapshot), .readWrite).sync() }
                // The names of new files must last too.
                if segments.contains(where: { $0.baseOffset >= from }) || snapshot != nil {
                    try environment.fileSystem.syncDirectory(path)
                }
            } catch {
                // A log that was deleted, or cut back, has nothing left to sync.
                if !error.isNotFound { throw error }
                return
            }
            try writeEpochs()
        }
        writer.withLock { _ in
            if offset > recoveryPoint && offset <= logEndOffset {
                recoveryPointValue.store(offset, ordering: .sequentiallyConsistent)
                directory.changes?.note(.recoveryPoint)
            }
        }
    }

    /// `flush.ms`: a sync is due that long after the first append that is not synced.
    func scheduleFlush(_ config: LogConfig, _ writer: inout LogWriter) {
        guard config.flushMs < Int64.max, !writer.isFlushScheduled else { return }
        writer.isFlushScheduled = true
        environment.worker.run(afterMs: config.flushMs) { [weak self] in
            guard let self else { return }
            self.writer.withLock { $0.isFlushScheduled = false }
            try? self.flush()
        }
    }
}
