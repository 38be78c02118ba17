// ConsumerGroupHeartbeat: what is refused without a look at the group.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// From this version on members choose their ids themselves (KIP-1082).
    private static let memberIdRequiredVersion: Int16 = 1

    /// Refuses what is no heartbeat, with Kafka's words and in its order.
    func check(_ request: ConsumerGroupHeartbeatRequest, version: Int16) throws(ConsumerGroupRefusal) {
        guard config.consumerProtocolIsEnabled else { throw ConsumerGroupRefusal(.unsupportedVersion, nil) }
        if version >= Self.memberIdRequiredVersion || request.memberEpoch > 0
            || request.memberEpoch == ConsumerMember.leaveEpoch
        {
            try refuse(if: Self.isBlank(request.memberId), "MemberId can't be empty.")
        }
        try refuse(if: Self.isBlank(request.groupId), "GroupId can't be empty.")
        try refuse(if: request.instanceId.map(Self.isBlank) ?? false, "InstanceId can't be empty.")
        try refuse(if: request.rackId.map(Self.isBlank) ?? false, "RackId can't be empty.")
        if request.memberEpoch == 0 {
            try refuse(if: request.rebalanceTimeoutMs == -1, "RebalanceTimeoutMs must be provided in first request.")
            try refuse(
                if: request.topicPartitions.map { !$0.isEmpty } ?? true,
                "TopicPartitions must be empty when (re-)joining.")
            try refuse(
                if: request.subscribedTopicNames == nil && request.subscribedTopicRegex == nil,
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.")
        } else if request.memberEpoch == ConsumerMember.leaveStaticEpoch {
            try refuse(if: request.instanceId == nil, "InstanceId can't be null.")
        } else {
            try refuse(if: request.memberEpoch < ConsumerMember.leaveStaticEpoch, "MemberEpoch is invalid.")
        }
        if let assignor = request.serverAssignor, !config.consumerAssignors.contains(assignor) {
            throw ConsumerGroupRefusal(
                .unsupportedAssignor,
                "ServerAssignor \(assignor) is not supported. Supported assignors: "
                    + config.consumerAssignors.joined(separator: ", ") + ".")
        }
    }

    private func refuse(if isWrong: Bool, _ message: String) throws(ConsumerGroupRefusal) {
        if isWrong { throw ConsumerGroupRefusal(.invalidRequest, message) }
    }

    /// Nothing but what Java's `trim` takes away.
    private static func isBlank(_ text: String) -> Bool { text.utf8.allSatisfy { $0 <= 0x20 } }
}

extension ConsumerMember {
    /// Refuses an epoch that is not the member's. The one before is taken from a member that has nothing which it
    /// should not have: the answer with the new one may have been lost.
    func check(epoch: Int32, owned: [TopicPartitions]?) throws(ConsumerGroupRefusal) {
        if epoch == memberEpoch { return }
        if epoch < memberEpoch, epoch == previousMemberEpoch, let owned,
            owned.allSatisfy({ topic in topic.partitions.allSatisfy { assigned.contains(topic.topicId, $0) } }),
            owned.allSatisfy({ assigned.topics[$0.topicId] != nil })
        {
            return
        }
        throw ConsumerGroupRefusal(
            .fencedMemberEpoch,
            "The consumer group member has a \(epoch > memberEpoch ? "greater" : "smaller") member epoch (\(epoch)) than "
                + "the one known by the group coordinator (\(memberEpoch)). The member must abandon all its partitions and "
                + "rejoin.")
    }
}
