// Offsets that are kept no longer, and groups that nothing is left of.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// At most so many tombstones are written in one batch; the rest waits for the next turn.
    private static let tombstonesPerBatch = 1_000

    /// Removes the offsets whose time is up, and groups without members and offsets. Kafka: `cleanupGroupMetadata`.
    func expireOffsets(nowMs: Int64) -> GroupActions {
        var actions = GroupActions()
        for (groupId, group) in groups {
            if expire(groupId, group.any, nowMs: nowMs, &actions), group.any.isEmpty {
                actions.records += group.any.tombstones()
            }
            if actions.records.count >= Self.tombstonesPerBatch {
                actions.setTimer(.offsetExpiry, afterMs: 0)
                return actions
            }
        }
        actions.setTimer(.offsetExpiry, afterMs: config.offsetsRetentionCheckIntervalMs)
        return actions
    }

    /// Whether no offset of the group is left, and no transaction will bring one.
    private func expire(
        _ groupId: String, _ group: any CoordinatedGroup, nowMs: Int64, _ actions: inout GroupActions
    ) -> Bool {
        guard let committed = offsets.byGroup[groupId] else { return true }
        guard group.offsetAgesFrom(commitTimestampMs: 0) != nil else { return false }
        var isNoneLeft = !offsets.pending.isOpen(group: groupId)
        for (place, offset) in committed {
            let topic = offsets.name(of: place)
            let key = GroupPartition(group: groupId, topic: topic, partition: place.partition)
            if !group.isSubscribed(to: topic), isExpired(offset, group, nowMs: nowMs), !offsets.pending.isPending(key) {
                actions.records.append(
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
