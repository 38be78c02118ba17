// The records of consumer groups, as Kafka 4.3 writes them.

import KafkaMessages
import KafkaWire

/// Makes the records of one consumer group.
struct ConsumerRecords {
    let groupId: String

    func epoch(_ epoch: Int32, metadataHash: Int64) -> GroupRecord {
        var value = ConsumerGroupMetadataValue()
        value.epoch = epoch
        value.metadataHash = metadataHash
        return .consumerGroupMetadata(metadataKey, value)
    }

    var epochTombstone: GroupRecord { .consumerGroupMetadata(metadataKey, nil) }

    /// Removes what Kafka wrote before it had the hash of the metadata (KIP-1101).
    var subscriptionMetadataTombstone: GroupRecord {
        var key = ConsumerGroupPartitionMetadataKey()
        key.groupId = groupId
        return .consumerGroupPartitionMetadata(key, nil)
    }

    func member(_ member: ConsumerMember) -> GroupRecord {
        var value = ConsumerGroupMemberMetadataValue()
        value.instanceId = member.instanceId
        value.rackId = member.rackId
        value.clientId = member.clientId
        value.clientHost = member.clientHost
        value.subscribedTopicNames = member.topicNames.walked.sorted { $0.precedesInJava($1) }
        value.subscribedTopicRegex = member.topicRegex
        value.rebalanceTimeoutMs = member.rebalanceTimeoutMs
        value.serverAssignor = member.serverAssignor
        value.classicMemberMetadata = member.classic
        return .consumerGroupMemberMetadata(memberKey(member.memberId), value)
    }

    func target(_ memberId: String, _ assignment: Assignment) -> GroupRecord {
        var value = ConsumerGroupTargetAssignmentMemberValue()
        value.topicPartitions = assignment.topics.map {
            var topic = ConsumerGroupTargetAssignmentMemberValue.TopicPartition()
            topic.topicId = $0.topicId
            topic.partitions = $0.partitions
            return topic
        }
        return .consumerGroupTargetAssignmentMember(targetKey(memberId), value)
    }

    func targetEpoch(_ epoch: Int32, timestampMs: Int64) -> GroupRecord {
        var value = ConsumerGroupTargetAssignmentMetadataValue()
        value.assignmentEpoch = epoch
        value.assignmentTimestamp = timestampMs
        return .consumerGroupTargetAssignmentMetadata(targetMetadataKey, value)
    }

    var targetEpochTombstone: GroupRecord { .consumerGroupTargetAssignmentMetadata(targetMetadataKey, nil) }

    func current(_ member: ConsumerMember) -> GroupRecord {
        var value = ConsumerGroupCurrentMemberAssignmentValue()
        value.memberEpoch = member.memberEpoch
        value.previousMemberEpoch = member.previousMemberEpoch
        value.state = member.state.rawValue
        value.assignedPartitions = member.assigned.recorded
        value.partitionsPendingRevocation = member.revoking.recorded
        return .consumerGroupCurrentMemberAssignment(currentKey(member.memberId), value)
    }

    func regex(_ regex: String, _ resolved: ResolvedRegex?) -> GroupRecord {
        var key = ConsumerGroupRegularExpressionKey()
        key.groupId = groupId
        key.regularExpression = regex
        guard let resolved else { return .consumerGroupRegularExpression(key, nil) }
        var value = ConsumerGroupRegularExpressionValue()
        value.topics = resolved.topics.sorted { $0.precedesInJava($1) }
        value.version = resolved.version
        value.timestamp = resolved.timestampMs
        return .consumerGroupRegularExpression(key, value)
    }

    func currentTombstone(_ memberId: String) -> GroupRecord {
        .consumerGroupCurrentMemberAssignment(currentKey(memberId), nil)
    }

    func targetTombstone(_ memberId: String) -> GroupRecord {
        .consumerGroupTargetAssignmentMember(targetKey(memberId), nil)
    }

    func memberTombstone(_ memberId: String) -> GroupRecord {
        .consumerGroupMemberMetadata(memberKey(memberId), nil)
    }

    /// The tombstones of a member, in the order in which they have to be applied.
    func removal(_ memberId: String) -> [GroupRecord] {
        [currentTombstone(memberId), targetTombstone(memberId), memberTombstone(memberId)]
    }

    private var metadataKey: ConsumerGroupMetadataKey {
        var key = ConsumerGroupMetadataKey()
        key.groupId = groupId
        return key
    }

    private var targetMetadataKey: ConsumerGroupTargetAssignmentMetadataKey {
        var key = ConsumerGroupTargetAssignmentMetadataKey()
        key.groupId = groupId
        return key
    }

    private func memberKey(_ memberId: String) -> ConsumerGroupMemberMetadataKey {
        var key = ConsumerGroupMemberMetadataKey()
        key.groupId = groupId
        key.memberId = memberId
        return key
    }

    private func targetKey(_ memberId: String) -> ConsumerGroupTargetAssignmentMemberKey {
        var key = ConsumerGroupTargetAssignmentMemberKey()
        key.groupId = groupId
        key.memberId = memberId
        return key
    }

    private func currentKey(_ memberId: String) -> ConsumerGroupCurrentMemberAssignmentKey {
        var key = ConsumerGroupCurrentMemberAssignmentKey()
        key.groupId = groupId
        key.memberId = memberId
        return key
    }
}
