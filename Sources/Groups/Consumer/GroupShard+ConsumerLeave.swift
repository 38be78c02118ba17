// Members that leave a consumer group, by themselves or because they were not heard of.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// A heartbeat with the epoch -1 or -2.
    func leaveConsumerGroup(
        _ request: ConsumerGroupHeartbeatRequest, token: RequestToken, nowMs: Int64
    ) throws(ConsumerGroupRefusal) -> GroupActions {
        let groupId = request.groupId
        guard let any = groups[groupId] else {
            throw ConsumerGroupRefusal(.groupIdNotFound, "Group \(groupId) not found.")
        }
        guard case .consumer(let group) = any else {
            throw ConsumerGroupRefusal(.groupIdNotFound, "Group \(groupId) is not a consumer group.")
        }
        var response = ConsumerGroupHeartbeatResponse()
        response.memberId = request.memberId
        response.memberEpoch = request.memberEpoch
        guard let instanceId = request.instanceId else {
            let member = try dynamicMember(request.memberId, of: group)
            var actions = fence([member], of: group, nowMs: nowMs)
            actions.reply(token, .consumerGroupHeartbeat(response))
            return actions
        }
        let member = try staticMember(request.memberId, of: group, instanceId: instanceId)
        var actions = GroupActions()
        if request.memberEpoch == ConsumerMember.leaveStaticEpoch {
            // Its partitions wait for it until its session ends.
            var leaving = member
            leaving.memberEpoch = ConsumerMember.leaveStaticEpoch
            leaving.assigned = member.assigned.at(epoch: 0)
            leaving.revoking = PartitionEpochs()
            actions.records.append(ConsumerRecords(groupId: groupId).current(leaving))
        } else {
            actions = fence([member], of: group, nowMs: nowMs)
        }
        actions.reply(token, .consumerGroupHeartbeat(response))
        return actions
    }

    /// Takes members out of the group, which becomes a classic one when none of the consumer protocol are left.
    func fence(_ members: [ConsumerMember], of group: ConsumerGroup, nowMs: Int64) -> GroupActions {
        guard !members.isEmpty else { return GroupActions() }
        if mayDowngrade(group, without: members) {
            return downgrade(group, without: members, joining: nil, mustRebalance: true, nowMs: nowMs)
        }
        let make = ConsumerRecords(groupId: group.groupId)
        var actions = GroupActions()
        for member in members { actions.records += make.removal(member.memberId) }
        var counts: [String: Int] = [:]
        for member in members {
            if let regex = member.regex { counts[regex, default: 0] += 1 }
        }
        let regexes = Set(counts.filter { group.regexCounts[$0.key] == $0.value }.keys)
        for regex in regexes.sorted() { actions.records.append(make.regex(regex, nil)) }
        let hash = metadataHash(of: group.subscriptions(without: members, regexes: regexes))
        actions.records.append(make.epoch(group.groupEpoch &+ 1, metadataHash: hash))
        for member in members { cancelTimers(of: member.memberId, group.groupId, &actions) }
        return actions
    }

    func cancelTimers(of memberId: String, _ groupId: String, _ actions: inout GroupActions) {
        actions.cancelTimer(.consumerSession(groupId: groupId, memberId: memberId))
        actions.cancelTimer(.consumerRebalance(groupId: groupId, memberId: memberId))
        actions.cancelTimer(.consumerJoin(groupId: groupId, memberId: memberId))
        actions.cancelTimer(.consumerSync(groupId: groupId, memberId: memberId))
    }
}
