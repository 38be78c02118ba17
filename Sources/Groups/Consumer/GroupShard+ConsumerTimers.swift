// What happens to consumer groups without a request: timers, and the end of loading.

import KafkaWire

extension GroupShard {
    /// A timer of a consumer group has run out: the member it is about was not heard of, or not in time.
    func consumerTimerFired(_ timer: GroupTimer, nowMs: Int64) -> GroupActions {
        switch timer {
        case .consumerSession(let groupId, let memberId), .consumerJoin(let groupId, let memberId),
            .consumerSync(let groupId, let memberId):
            return fence(memberId, of: groupId, nowMs: nowMs)
        case .consumerRebalance(let groupId, let memberId):
            // A member of another epoch has come on since, or has left for a while: then its session is what counts.
            guard case .consumer(let group) = groups[groupId], let member = group.members[memberId],
                member.state == .unrevokedPartitions,
                group.rebalanceEpochs.removeValue(forKey: memberId) == member.memberEpoch
            else { return GroupActions() }
            return fence(memberId, of: groupId, nowMs: nowMs)
        default: return GroupActions()
        }
    }

    private func fence(_ memberId: String, of groupId: String, nowMs: Int64) -> GroupActions {
        guard case .consumer(let group) = groups[groupId], let member = group.members[memberId] else {
            return GroupActions()
        }
        return fence([member], of: group, nowMs: nowMs)
    }

    /// Every record of the partition has been applied. Members have their session timeout to be heard of again, and
    /// those that were to give partitions up the time that they have for that.
    func consumerGroupsLoaded(nowMs: Int64) -> GroupActions {
        var actions = GroupActions()
        for case .consumer(let group) in groups.values {
            for member in group.members.values {
                let session = member.classic.map { Int64($0.sessionTimeoutMs) }
                actions.setTimer(
                    .consumerSession(groupId: group.groupId, memberId: member.memberId),
                    afterMs: session ?? consumerSessionTimeoutMs(group.groupId))
                if member.state == .unrevokedPartitions, !member.usesClassicProtocol {
                    startRebalanceTimer(of: member, group, &actions)
                }
            }
        }
        return actions
    }

    /// The member has its rebalance timeout to give up what it was told to at its epoch.
    func startRebalanceTimer(of member: ConsumerMember, _ group: ConsumerGroup, _ actions: inout GroupActions) {
        actions.setTimer(
            .consumerRebalance(groupId: group.groupId, memberId: member.memberId),
            afterMs: Int64(member.rebalanceTimeoutMs))
        var started = GroupActions()
        let groupId = group.groupId
        // Where the member's step is not written, the timer before goes on with the epoch before. The group may be
        // made of the records that are written now.
        started.afterWriting = { [self] error in
            if error == .none, case .consumer(let group) = groups[groupId], group.members[member.memberId] != nil {
                group.rebalanceEpochs[member.memberId] = member.memberEpoch
            }
            return GroupActions()
        }
        actions.add(started)
    }
}
