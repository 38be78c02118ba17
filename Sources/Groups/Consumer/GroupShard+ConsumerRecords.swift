// What the records of consumer groups do to a shard's state.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// The group that a record of the consumer protocol is about, made when there is none.
    func consumerGroupToApply(_ groupId: String) -> ConsumerGroup {
        if case .consumer(let group) = groups[groupId] { return group }
        let group = ConsumerGroup(groupId: groupId)
        groups[groupId] = .consumer(group)
        return group
    }

    /// The same for a tombstone, which makes none.
    private func consumerGroupIfKnown(_ groupId: String) -> ConsumerGroup? {
        if case .consumer(let group) = groups[groupId] { return group }
        return nil
    }

    /// Applies a record of key types 3 to 8 and 16.
    func applyConsumerRecord(_ record: GroupRecord) {
        switch record {
        case .consumerGroupMetadata(let key, let value):
            guard let value else {
                if case .consumer = groups[key.groupId] { groups[key.groupId] = nil }
                return
            }
            let group = consumerGroupToApply(key.groupId)
            group.groupEpoch = value.epoch
            group.metadataHash = value.metadataHash
        case .consumerGroupPartitionMetadata(let key, let value):
            let group = value == nil ? consumerGroupIfKnown(key.groupId) : consumerGroupToApply(key.groupId)
            group?.hasSubscriptionMetadataRecord = value != nil
        case .consumerGroupMemberMetadata(let key, let value): applyMember(key, value)
        case .consumerGroupTargetAssignmentMetadata(let key, let value):
            guard let value else {
                consumerGroupIfKnown(key.groupId)?.assignmentEpoch = -1
                return
            }
            let group = consumerGroupToApply(key.groupId)
            group.assignmentEpoch = value.assignmentEpoch
            group.assignmentTimestampMs = value.assignmentTimestamp
        case .consumerGroupTargetAssignmentMember(let key, let value):
            guard let value else {
                consumerGroupIfKnown(key.groupId)?.setTarget(nil, of: key.memberId)
                return
            }
            let assignment = Assignment(
                value.topicPartitions.map { TopicPartitions(topicId: $0.topicId, partitions: $0.partitions) })
            consumerGroupToApply(key.groupId).setTarget(assignment, of: key.memberId)
        case .consumerGroupCurrentMemberAssignment(let key, let value): applyCurrent(key, value)
        case .consumerGroupRegularExpression(let key, let value):
            guard let value else {
                consumerGroupIfKnown(key.groupId)?.setResolved(nil, of: key.regularExpression)
                return
            }
            let resolved = ResolvedRegex(
                topics: Set(value.topics), version: value.version, timestampMs: value.timestamp)
            consumerGroupToApply(key.groupId).setResolved(resolved, of: key.regularExpression)
        default: preconditionFailure("not a record of a consumer group")
        }
    }

    private func applyMember(_ key: ConsumerGroupMemberMetadataKey, _ value: ConsumerGroupMemberMetadataValue?) {
        guard let value else {
            consumerGroupIfKnown(key.groupId)?.remove(key.memberId)
            return
        }
        let group = consumerGroupToApply(key.groupId)
        var member = group.members[key.memberId] ?? ConsumerMember(memberId: key.memberId)
        member.update(value)
        group.put(member)
    }

    private func applyCurrent(
        _ key: ConsumerGroupCurrentMemberAssignmentKey, _ value: ConsumerGroupCurrentMemberAssignmentValue?
    ) {
        if let value {
            let group = consumerGroupToApply(key.groupId)
            var member = group.members[key.memberId] ?? ConsumerMember(memberId: key.memberId)
            member.update(value)
            group.put(member)
        } else if let group = consumerGroupIfKnown(key.groupId), var member = group.members[key.memberId] {
            member.memberEpoch = ConsumerMember.leaveEpoch
            member.previousMemberEpoch = ConsumerMember.leaveEpoch
            member.assigned = PartitionEpochs()
            member.revoking = PartitionEpochs()
            group.put(member)
        }
    }
}
