// Offsets that are kept no longer, and groups that nothing is left of.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// After so many tombstones the rest of the groups waits for the next turn.
    private static let tombstonesPerTurn = 1_000
    /// At most so many bytes of keys are written in one batch: a log takes no batch above its `max.message.bytes`.
    private static let bytesPerBatch = 256 << 10

    /// Removes the offsets whose time is up, and groups without members and offsets. Kafka: `cleanupGroupMetadata`.
    func expireOffsets(nowMs: Int64) -> GroupActions {
        var tombstones: [GroupRecord] = []
        var isDone = true
        for (groupId, group) in groups {
            if expire(groupId, group.any, nowMs: nowMs, &tombstones), group.any.isEmpty {
                tombstones += group.any.tombstones()
            }
            if tombstones.count >= Self.tombstonesPerTurn {
                isDone = false
                break
            }
        }
        let intervalMs = config.offsetsRetentionCheckIntervalMs
        return inBatches(tombstones[...]) { error in
            // A log that takes nothing now may do so when it is the time again.
            var next = GroupActions()
            next.setTimer(.offsetExpiry, afterMs: isDone || error != .none ? intervalMs : 0)
            return next
        }
    }

    /// Writes records that need not be written together, as many batches as it takes, up to one that is refused.
    /// - Parameter done: what is wanted in the end, by the error of the last batch.
    func inBatches(
        _ records: ArraySlice<GroupRecord>, done: @escaping (ErrorCode) -> GroupActions = { _ in GroupActions() }
    ) -> GroupActions {
        var actions = GroupActions()
        var bytes = 0
        let end = records.firstIndex { record in
            bytes += record.encoded().key.count + 32
            return bytes > Self.bytesPerBatch
        }
        // Any one record fits.
        let first = records[..<max(end ?? records.endIndex, min(records.startIndex + 1, records.endIndex))]
        actions.records = Array(first)
        let rest = records[first.endIndex...]
        actions.afterWriting = { [self] error in
            error == .none && !rest.isEmpty ? inBatches(rest, done: done) : done(error)
        }
        return actions
    }

    /// Whether no offset of the group is left, and no transaction will bring one.
    private func expire(
        _ groupId: String, _ group: any CoordinatedGroup, nowMs: Int64, _ tombstones: inout [GroupRecord]
    ) -> Bool {
        let isInTransaction = offsets.pending.isOpen(group: groupId)
        guard let committed = offsets.byGroup[groupId] else { return !isInTransaction }
        guard group.offsetAgesFrom(commitTimestampMs: 0) != nil else { return false }
        var isNoneLeft = !isInTransaction
        for (place, offset) in committed {
            let topic = offsets.name(of: place)
            let key = GroupPartition(group: groupId, topic: topic, partition: place.partition)
            if !group.isSubscribed(to: topic), isExpired(offset, group, nowMs: nowMs), !offsets.pending.isPending(key) {
                tombstones.append(
                    .offsetTombstone(group: groupId, topic: topic, partition: place.partition))
            } else {
                isNoneLeft = false
            }
        }
        return isNoneLeft
    }

    private func isExpired(_ offset: CommittedOffset, _ group: any CoordinatedGroup, nowMs: Int64) -> Bool {
        // What the client asked for holds; the oldest clients could ask.
        if offset.expireTimestampMs != -1 { return nowMs >= offset.expireTimestampMs }
        guard let fromMs = group.offsetAgesFrom(commitTimestampMs: offset.commitTimestampMs) else { return false }
        return nowMs &- fromMs >= config.offsetsRetentionMs
    }
}
