// Static members that come back (KIP-345): a new member id takes the place of the old one.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// A static member joins without a member id, and another member id holds its instance id: the other is fenced.
    func replaceStaticMember(
        _ group: ClassicGroup, _ oldMemberId: String, by memberId: String, _ join: ClassicJoin,
        _ actions: inout GroupActions
    ) {
        guard let old = group.members[oldMemberId] else { return }
        let formerLeader = group.leaderId
        let member = takeOver(from: old, as: memberId, group, &actions)
        let before = (member.protocols, member.rebalanceTimeoutMs, member.sessionTimeoutMs)
        actions.setTimer(
            .classicSession(groupId: group.groupId, memberId: memberId), afterMs: Int64(member.sessionTimeoutMs))
        group.update(
            member, protocols: join.request.protocols, rebalanceTimeoutMs: join.request.rebalanceTimeoutMs,
            sessionTimeoutMs: join.request.sessionTimeoutMs)
        group.setAwaitingJoin(join.token, of: member)

        switch group.state {
        case .stable where group.protocolName == group.selectProtocol():
            // Nothing that the assignment depends on has changed: the group is kept, under the new id.
            actions.records.append(group.record())
            actions.afterWriting = { [self] error in
                staticMemberWasWritten(
                    error, member, of: group, join: join, formerLeader: formerLeader,
                    undo: {
                        group.update(
                            member, protocols: before.0, rebalanceTimeoutMs: before.1, sessionTimeoutMs: before.2)
                        group.replace(memberId, by: old)
                    })
            }
        case .stable: rebalanceOrCompleteJoin(group, nowMs: join.nowMs, &actions)
        case .completingRebalance:
            // The leader may be assigning to the old id at this moment.
            prepareRebalance(group, nowMs: join.nowMs, &actions)
        case .preparingRebalance, .empty: completeJoinIfEveryoneIsHere(group, nowMs: join.nowMs, &actions)
        }
    }

    /// The member under its new id. Requests that wait under the old one are fenced.
    private func takeOver(
        from old: ClassicMember, as memberId: String, _ group: ClassicGroup, _ actions: inout GroupActions
    ) -> ClassicMember {
        if let waiting = group.setAwaitingJoin(nil, of: old) {
            actions.reply(waiting, .joinGroup(Self.joinError(.fencedInstanceId, memberId: old.memberId)))
        }
        if let waiting = old.awaitingSync {
            old.awaitingSync = nil
            actions.reply(waiting, .syncGroup(Self.syncError(.fencedInstanceId)))
        }
        let member = ClassicMember(
            memberId: memberId, groupInstanceId: old.groupInstanceId, clientId: old.clientId,
            clientHost: old.clientHost, rebalanceTimeoutMs: old.rebalanceTimeoutMs,
            sessionTimeoutMs: old.sessionTimeoutMs, protocols: old.protocols, assignment: old.assignment)
        group.replace(old.memberId, by: member)
        return member
    }

    private func staticMemberWasWritten(
        _ error: ErrorCode, _ member: ClassicMember, of group: ClassicGroup, join: ClassicJoin,
        formerLeader: String?, undo: () -> Void
    ) -> GroupActions {
        var actions = GroupActions()
        guard let waiting = group.setAwaitingJoin(nil, of: member) else { return actions }
        var response = JoinGroupResponse()
        response.generationId = group.generationId
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        if error != .none {
            undo()
            response.errorCode = error.rawValue
            response.leader = formerLeader ?? ""
        } else if join.client.apiVersion >= 9 {
            // The leader is told who the members are, and that it need not assign again (KIP-814).
            response = joined(member, group)
            response.skipAssignment = group.leaderId == member.memberId
        } else {
            // Older versions cannot be told; naming the former leader keeps the new id from assigning.
            response.memberId = member.memberId
            response.leader = formerLeader ?? ""
        }
        actions.reply(waiting, .joinGroup(response))
        return actions
    }
}
