// DeleteRecords: the log start offset moves, and with it what may be read.

import Synchronization

extension PartitionLog {
    /// Forgets the records before `offset`, on a client's demand; -1: all below the high watermark. Gives back the log
    /// start offset, which is later than asked for when the log began later already. Their segments are deleted by the
    /// next check of retention.
    ///
    /// POLICY_VIOLATION for a topic that is compacted and not deleted from, OFFSET_OUT_OF_RANGE for an offset beyond
    /// the high watermark or below -1. Kafka: `Partition.deleteRecordsOnLeader`.
    public func deleteRecords(before offset: Int64) throws(LogError) -> Int64 {
        let policy = config.values.cleanupPolicy
        if policy.contains(.compact) && !policy.contains(.delete) {
            throw .refused(
                .policyViolation,
                "Records of partition \(topicPartition) can not be deleted due to the configured policy")
        }
        let wanted = offset == -1 ? highWatermark : offset
        if wanted < 0 {
            throw .refused(.offsetOutOfRange, "The offset \(wanted) for partition \(topicPartition) is not valid")
        }
        try advanceLogStartOffset(to: wanted)
        return logStartOffset
    }

    /// Moves the log start offset up, with all that hangs on it. The writer's lock is held.
    func moveStart(to offset: Int64, _ writer: inout LogWriter) {
        guard offset > logStartOffset else { return }
        writer.producers.logStartDidRise(to: offset, snapshots: writer.snapshotOffsets)
        publish(writer) { view in
            view.offsets.logStartOffset = offset
            if view.epochs.truncateFromStart(offset) { view.areEpochsUnwritten = true }
        }
        directory.changes?.note(.startOffset)
        if recoveryPoint < offset { recoveryPointValue.store(offset, ordering: .sequentiallyConsistent) }
    }
}
