// Which group and which member a heartbeat is about; new ones, and static members that come back.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// The group that a heartbeat names. A joining member makes it when there is none, or turns a classic one into it.
    func consumerGroup(
        _ groupId: String, isJoining: Bool, nowMs: Int64, _ actions: inout GroupActions
    ) throws(ConsumerGroupRefusal) -> ConsumerGroup {
        switch groups[groupId] {
        case nil:
            guard isJoining else {
                throw ConsumerGroupRefusal(.groupIdNotFound, "Consumer group \(groupId) not found.")
            }
            return ConsumerGroup(groupId: groupId)
        case .consumer(let group): return group
        case .classic(let group) where isJoining && group.isEmpty:
            // A simple group has no record of its own.
            actions.records += group.tombstones()
            return ConsumerGroup(groupId: groupId)
        case .classic(let group) where isJoining: return try upgrade(group, nowMs: nowMs, &actions)
        default: throw ConsumerGroupRefusal(.groupIdNotFound, "Group \(groupId) is not a consumer group.")
        }
    }

    func refuseIfFull(_ group: ConsumerGroup, memberId: String) throws(ConsumerGroupRefusal) {
        if group.members.count >= config.consumerMaxSize, group.members[memberId] == nil {
            throw ConsumerGroupRefusal(
                .groupMaxSizeReached,
                "The consumer group has reached its maximum capacity of \(config.consumerMaxSize) members.")
        }
    }

    /// The member that a heartbeat of the consumer protocol names, or a new one.
    func member(
        _ memberId: String, of group: ConsumerGroup, instanceId: String?, isJoining: Bool, epoch: Int32,
        owned: [TopicPartitions]?, _ actions: inout GroupActions
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        if let instanceId {
            if isJoining {
                return try joiningStaticMember(
                    memberId, of: group, instanceId: instanceId, usesClassicProtocol: false, &actions)
            }
            let member = try staticMember(memberId, of: group, instanceId: instanceId)
            try member.check(epoch: epoch, owned: owned)
            return member
        }
        let member: ConsumerMember
        if isJoining {
            member = group.members[memberId] ?? ConsumerMember(memberId: memberId)
        } else {
            member = try dynamicMember(memberId, of: group)
        }
        // A member that is known joins again from the epoch that it has.
        if !isJoining || member.memberEpoch == 0 { try member.check(epoch: epoch, owned: owned) }
        return member
    }

    func dynamicMember(_ memberId: String, of group: ConsumerGroup) throws(ConsumerGroupRefusal) -> ConsumerMember {
        guard let member = group.members[memberId] else {
            throw ConsumerGroupRefusal(
                .unknownMemberId, "Member \(memberId) is not a member of group \(group.groupId).")
        }
        return member
    }

    /// The static member that has the instance id, if it is the one that asks.
    func staticMember(
        _ memberId: String, of group: ConsumerGroup, instanceId: String
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        guard let member = group.staticMember(instanceId) else {
            throw ConsumerGroupRefusal(.unknownMemberId, "Instance id \(instanceId) is unknown.")
        }
        guard member.memberId == memberId else {
            throw ConsumerGroupRefusal(
                .fencedInstanceId,
                "Static member \(memberId) with instance id \(instanceId) was fenced by member \(member.memberId).")
        }
        return member
    }

    /// A static member that joins. It takes the place of one with its instance id that has left for a while; one that
    /// speaks another protocol than the member it replaces need not wait for that.
    func joiningStaticMember(
        _ memberId: String, of group: ConsumerGroup, instanceId: String, usesClassicProtocol: Bool,
        _ actions: inout GroupActions
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        guard let existing = group.staticMember(instanceId) else {
            return group.members[memberId] ?? ConsumerMember(memberId: memberId)
        }
        if !usesClassicProtocol, !existing.usesClassicProtocol,
            existing.memberEpoch != ConsumerMember.leaveStaticEpoch
        {
            throw ConsumerGroupRefusal(
                .unreleasedInstanceId,
                "Static member \(memberId) with instance id \(instanceId) cannot join the group because the instance "
                    + "id is owned by \(existing.memberId) member.")
        }
        var member = existing
        member.memberId = memberId
        member.memberEpoch = 0
        member.previousMemberEpoch = 0
        let make = ConsumerRecords(groupId: group.groupId)
        actions.records += make.removal(existing.memberId)
        actions.records.append(make.member(member))
        actions.records.append(make.target(memberId, group.targets[existing.memberId] ?? Assignment()))
        actions.records.append(make.current(member))
        return member
    }
}
