// What a record does to the state, whether it was just written or is read at start.

import KafkaMessages

extension GroupShard {
    /// Applies a record that is in the log.
    /// - Parameter producerId: the producer of a transaction's record, whose offsets hold when it commits; else nil.
    public func apply(_ record: GroupRecord, producerId: Int64? = nil) {
        switch record {
        case .offsetCommit(let key, let value): applyOffset(key, value, producerId: producerId)
        case .groupMetadata(let key, let value): applyClassicRecord(key, value)
        case .consumerGroupMetadata, .consumerGroupPartitionMetadata, .consumerGroupMemberMetadata,
            .consumerGroupTargetAssignmentMetadata, .consumerGroupTargetAssignmentMember,
            .consumerGroupCurrentMemberAssignment, .consumerGroupRegularExpression:
            applyConsumerRecord(record)
        case .opaque(let record): applyOpaqueRecord(record)
        }
    }

    /// Applies the end of a producer's transaction.
    public func applyEndOfTransaction(producerId: Int64, isCommitted: Bool) {
        let ended = offsets.pending.end(producerId: producerId)
        guard isCommitted else { return }
        for (place, offset) in ended {
            offsets.put(offset, group: place.group, topic: place.topic, partition: place.partition)
        }
    }

    private func applyOffset(_ key: OffsetCommitKey, _ value: OffsetCommitValue?, producerId: Int64?) {
        let place = GroupPartition(group: key.group, topic: key.topic, partition: key.partition)
        guard let value else {
            offsets.remove(group: key.group, topic: key.topic, partition: key.partition)
            if !offsets.pending.isEmpty { offsets.pending.remove(place) }
            return
        }
        // Whoever commits without being a member makes a simple group: a classic one without a protocol type.
        if groups[key.group] == nil { groups[key.group] = .classic(ClassicGroup(groupId: key.group, nowMs: nil)) }
        if let producerId {
            offsets.pending.add(CommittedOffset(value), for: place, producerId: producerId)
        } else {
            offsets.put(CommittedOffset(value), group: key.group, topic: key.topic, partition: key.partition)
            if !offsets.pending.isEmpty { offsets.pending.supersede(place) }
        }
    }

    private func applyOpaqueRecord(_ record: OpaqueGroupRecord) {
        let group: OpaqueGroup
        if case .opaque(let known) = groups[record.groupId] {
            group = known
        } else {
            guard record.value != nil else { return }
            group = OpaqueGroup(groupId: record.groupId, kind: OpaqueGroup.kind(ofKeyType: record.keyType))
            groups[record.groupId] = .opaque(group)
        }
        group.apply(record)
        if group.keys.isEmpty { groups[record.groupId] = nil }
    }
}
