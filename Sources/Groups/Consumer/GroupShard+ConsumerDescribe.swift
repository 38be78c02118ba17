// ConsumerGroupDescribe: consumer groups as the tools see them.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// One group of a ConsumerGroupDescribe request. Nothing is changed, and nobody waits.
    public func describeConsumerGroup(_ groupId: String) -> ConsumerGroupDescribeResponse.DescribedGroup {
        var described = ConsumerGroupDescribeResponse.DescribedGroup()
        described.groupId = groupId
        guard let any = groups[groupId] else {
            described.errorCode = ErrorCode.groupIdNotFound.rawValue
            described.errorMessage = "Group \(groupId) not found."
            return described
        }
        guard case .consumer(let group) = any else {
            described.errorCode = ErrorCode.groupIdNotFound.rawValue
            described.errorMessage = "Group \(groupId) is not a consumer group."
            return described
        }
        described.assignorName = group.preferredAssignor() ?? config.consumerAssignors.first ?? ""
        described.groupEpoch = group.groupEpoch
        described.groupState = group.stateText
        described.assignmentEpoch = group.assignmentEpoch
        described.members = group.members.values.sorted { $0.memberId < $1.memberId }.map { describe($0, group) }
        return described
    }

    private func describe(
        _ member: ConsumerMember, _ group: ConsumerGroup
    ) -> ConsumerGroupDescribeResponse.Member {
        var described = ConsumerGroupDescribeResponse.Member()
        described.memberId = member.memberId
        described.instanceId = member.instanceId
        described.rackId = member.rackId
        described.memberEpoch = member.memberEpoch
        described.clientId = member.clientId
        described.clientHost = member.clientHost
        described.subscribedTopicNames = member.topicNames.walked
        described.subscribedTopicRegex = member.topicRegex
        // What it is giving up is still its own.
        var current = member.assigned
        current.add(member.revoking)
        described.assignment = describe(current.assignment)
        described.targetAssignment = describe(group.targets[member.memberId] ?? Assignment())
        described.memberType = member.usesClassicProtocol ? 0 : 1
        return described
    }

    /// Topics that are gone are left out: nobody could name them.
    private func describe(_ assignment: Assignment) -> ConsumerGroupDescribeResponse.Assignment {
        var described = ConsumerGroupDescribeResponse.Assignment()
        described.topicPartitions = assignment.topics.compactMap { topic in
            guard let name = topics.topic(id: topic.topicId)?.name else { return nil }
            var partitions = ConsumerGroupDescribeResponse.TopicPartitions()
            partitions.topicId = topic.topicId
            partitions.topicName = name
            partitions.partitions = topic.partitions
            return partitions
        }
        return described
    }
}
