// Leader epochs: whose records are where.

import Files
import Synchronization

extension PartitionLog {
    /// The newest epoch that is known; nil in a log that never had a leader.
    public var latestLeaderEpoch: Int32? { view.withLock { $0.epochs.latest?.epoch } }

    /// This node leads the partition from now on, in `epoch`. Kafka: `assignEpochStartOffset`, by
    /// `Partition.makeLeader`.
    ///
    /// An epoch gets to `leader-epoch-checkpoint` with its first records: one without any leaves no trace once the next
    /// begins at the same offset, and the next begins with the next start at the latest.
    public func assignLeaderEpoch(_ epoch: Int32) throws(LogError) {
        try health.check()
        view.withLock { view in
            if view.epochs.assign(epoch, startOffset: view.offsets.logEndOffset) { view.isLastEpochUnwritten = true }
        }
    }

    /// The largest epoch not above `epoch` that has records, and where they end; nil when nothing is known of it.
    public func endOffset(forEpoch epoch: Int32) -> EpochEndOffset? {
        view.withLock { $0.epochs.endOffset(for: epoch, logEndOffset: $0.offsets.logEndOffset) }
    }

    /// The epoch of the record at `offset`.
    public func leaderEpoch(forOffset offset: Int64) -> Int32? {
        view.withLock { $0.epochs.epoch(for: offset) }
    }

    /// Lets the worker write the checkpoint, if it is behind. It is not synced before the next `flush`: until then a
    /// crash loses no more than what recovery finds in the batches again.
    func scheduleEpochWrite() {
        let isDue = view.withLock { view in
            guard view.areEpochsUnwritten, !view.isEpochWriteScheduled else { return false }
            view.isEpochWriteScheduled = true
            return true
        }
        guard isDue else { return }
        environment.worker.run { [weak self] in
            guard let self else { return }
            self.view.withLock { $0.isEpochWriteScheduled = false }
            // A failure takes the directory offline: the next call says so.
            try? self.health.guarding { () throws(FileError) in try self.writeEpochs() }
        }
    }

    /// Writes `leader-epoch-checkpoint` when it differs from what is known.
    func writeEpochs() throws(FileError) {
        try epochFile.withLock { isUnsynced throws(FileError) in
            guard let entries = takeUnwrittenEpochs() else { return }
            try write(entries, sync: false)
            isUnsynced = true
        }
    }

    /// Writes `leader-epoch-checkpoint` when it differs from what is known, and makes it durable when it is not.
    func syncEpochs() throws(FileError) {
        try epochFile.withLock { isUnsynced throws(FileError) in
            let unwritten = takeUnwrittenEpochs()
            guard unwritten != nil || isUnsynced else { return }
            try write(unwritten ?? view.withLock { $0.epochs.entries }, sync: true)
            isUnsynced = false
        }
    }

    private func takeUnwrittenEpochs() -> [LeaderEpochCache.Entry]? {
        view.withLock { view in
            defer { view.areEpochsUnwritten = false }
            return view.areEpochsUnwritten ? view.epochs.entries : nil
        }
    }

    private func write(_ entries: [LeaderEpochCache.Entry], sync: Bool) throws(FileError) {
        do throws(FileError) {
            try CheckpointFile.write(
                entries.map { "\($0.epoch) \($0.startOffset)" }, to: directory.path(of: LeaderEpochCache.fileName),
                fileSystem: environment.fileSystem, sync: sync)
        } catch {
            view.withLock { $0.areEpochsUnwritten = true }
            // The partition was deleted.
            if !error.isNotFound { throw error }
        }
    }
}
