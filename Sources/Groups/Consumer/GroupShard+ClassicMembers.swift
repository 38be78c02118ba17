// JoinGroup to a consumer group: members of the classic protocol among those of the consumer protocol (KIP-848).

import KafkaMessages
import KafkaWire

extension GroupShard {
    func joinConsumerGroup(_ group: ConsumerGroup, _ join: ClassicJoin) -> GroupActions {
        do throws(ConsumerGroupRefusal) {
            return try joinMixedGroup(group, join)
        } catch {
            return Self.refuseWithoutProtocol(join, error.code, memberId: "")
        }
    }

    private static func refuseWithoutProtocol(
        _ join: ClassicJoin, _ error: ErrorCode, memberId: String
    ) -> GroupActions {
        var response = joinError(error, memberId: memberId)
        response.protocolName = nil
        return .reply(join.token, .joinGroup(response))
    }

    private func joinMixedGroup(
        _ group: ConsumerGroup, _ join: ClassicJoin
    ) throws(ConsumerGroupRefusal) -> GroupActions {
        let request = join.request
        let isNew = request.memberId.isEmpty
        let memberId = isNew ? randomId().description : request.memberId
        try refuseIfFull(group, memberId: memberId)
        guard group.supportsClassicProtocols(request) else {
            throw ConsumerGroupRefusal(
                .inconsistentGroupProtocol, "Member \(memberId)'s protocols are not supported.")
        }
        // From version 4 on a member joins in two steps, so that one whose answer gets lost leaves no ghost (KIP-394).
        if isNew, request.groupInstanceId == nil, join.client.apiVersion >= 4 {
            return Self.refuseWithoutProtocol(join, .memberIdRequired, memberId: memberId)
        }
        guard let metadata = request.protocols.first?.metadata,
            let subscription = EmbeddedConsumerProtocol.subscription(metadata)
        else {
            throw ConsumerGroupRefusal(
                .unknownServerError, "Malformed embedded consumer protocol in subscription deserialization.")
        }
        var actions = GroupActions()
        let replaced = group.staticMember(request.groupInstanceId)
        let member = try classicMember(memberId, of: group, isNew: isNew, request, &actions)
        var updated = member
        updated.update(request, subscription, from: join.client)
        var beat = ConsumerHeartbeat(
            group: group, nowMs: join.nowMs, actions: actions, member: member, updated: updated,
            groupEpoch: group.groupEpoch)
        beat.isSubscriptionChanged = noteMember(&beat)
        updateMetadata(&beat, isEpochDue: beat.isSubscriptionChanged)

        let owned = subscription.owned(topics)
        let becomesClassic = replaced.map { mayDowngrade(group, replacing: $0) } ?? false
        if becomesClassic {
            // A rebalance follows anyway when the subscription is another one.
            if !beat.isSubscriptionChanged {
                let target = group.target(of: beat.updated.memberId, instanceId: beat.updated.instanceId)
                try reconcile(&beat, targetEpoch: group.assignmentEpoch, target: target, owned: owned)
            }
            beat.actions.add(
                downgrade(
                    group, without: [], joining: beat.updated, mustRebalance: beat.isSubscriptionChanged,
                    nowMs: join.nowMs))
        } else {
            let (targetEpoch, target) = try updateTarget(&beat)
            try reconcile(&beat, targetEpoch: targetEpoch, target: target, owned: owned)
            group.awaitedJoins.remove(memberId)
            startTimers(after: join, memberId: memberId, of: group, &beat.actions)
        }
        beat.actions.reply(join.token, .joinGroup(Self.joined(beat.updated)))
        return beat.actions
    }

    private func classicMember(
        _ memberId: String, of group: ConsumerGroup, isNew: Bool, _ request: JoinGroupRequest,
        _ actions: inout GroupActions
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        guard let instanceId = request.groupInstanceId else {
            return group.members[memberId] ?? ConsumerMember(memberId: memberId)
        }
        if isNew {
            return try joiningStaticMember(
                memberId, of: group, instanceId: instanceId, usesClassicProtocol: true, &actions)
        }
        return try staticMember(memberId, of: group, instanceId: instanceId)
    }

    private func startTimers(
        after join: ClassicJoin, memberId: String, of group: ConsumerGroup, _ actions: inout GroupActions
    ) {
        actions.cancelTimer(.consumerJoin(groupId: group.groupId, memberId: memberId))
        actions.setTimer(
            .consumerSession(groupId: group.groupId, memberId: memberId),
            afterMs: Int64(join.request.sessionTimeoutMs))
        actions.setTimer(
            .consumerSync(groupId: group.groupId, memberId: memberId),
            afterMs: Int64(join.request.rebalanceTimeoutMs))
    }

    private static func joined(_ member: ConsumerMember) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.memberId = member.memberId
        response.generationId = member.memberEpoch
        response.protocolType = EmbeddedConsumerProtocol.protocolType
        response.protocolName = member.classic?.supportedProtocols.first?.name
        return response
    }
}

extension ConsumerMember {
    fileprivate mutating func update(
        _ request: JoinGroupRequest, _ subscription: ConsumerProtocolSubscription, from client: GroupClient
    ) {
        instanceId = request.groupInstanceId ?? instanceId
        if let rack = subscription.rackId, !rack.isEmpty { rackId = rack }
        if request.rebalanceTimeoutMs != -1 { rebalanceTimeoutMs = request.rebalanceTimeoutMs }
        topicNames = TopicNames(subscription.topics)
        clientId = client.clientId
        clientHost = client.clientHost
        classic = GroupShard.classicMetadata(request.protocols, sessionTimeoutMs: request.sessionTimeoutMs)
    }
}

extension ConsumerGroup {
    /// Whether a joining member knows a protocol that all classic members know.
    fileprivate func supportsClassicProtocols(_ request: JoinGroupRequest) -> Bool {
        guard request.protocolType == EmbeddedConsumerProtocol.protocolType else { return false }
        if isEmpty { return !request.protocols.isEmpty }
        return request.protocols.contains { (classicProtocolCounts[$0.name] ?? 0) == classicMemberCount }
    }
}
