// SyncGroup for classic groups: the leader's assignment on its way to the members.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// SyncGroup. A member's answer comes when the leader's assignment is in the log.
    public func syncGroup(
        _ request: SyncGroupRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        guard !request.groupId.isEmpty else { return .reply(token, .syncGroup(Self.syncError(.invalidGroupId))) }
        switch groups[request.groupId] {
        case .classic(let group) where !group.isEmpty:
            return syncClassicGroup(group, request, token: token, nowMs: nowMs)
        case .consumer(let group) where !group.isEmpty:
            return syncConsumerGroup(group, request, from: client, token: token, nowMs: nowMs)
        default: return .reply(token, .syncGroup(Self.syncError(.unknownMemberId)))
        }
    }

    static func syncError(_ error: ErrorCode) -> SyncGroupResponse {
        var response = SyncGroupResponse()
        response.errorCode = error.rawValue
        return response
    }

    private func syncClassicGroup(
        _ group: ClassicGroup, _ request: SyncGroupRequest, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        let error = check(request, group)
        guard error == .none, let member = group.members[request.memberId] else {
            return .reply(token, .syncGroup(Self.syncError(error)))
        }
        var actions = GroupActions()
        switch group.state {
        case .preparingRebalance, .empty:
            actions.reply(token, .syncGroup(Self.syncError(.rebalanceInProgress)))
        case .stable:
            noteSync(of: member, group, &actions)
            actions.reply(token, .syncGroup(assigned(member, group)))
        case .completingRebalance:
            member.awaitingSync = token
            noteSync(of: member, group, &actions)
            if group.leaderId == member.memberId { writeAssignment(of: request, group, nowMs: nowMs, &actions) }
        }
        return actions
    }

    private func check(_ request: SyncGroupRequest, _ group: ClassicGroup) -> ErrorCode {
        let error = group.checkMember(request.memberId, groupInstanceId: request.groupInstanceId)
        if error != .none { return error }
        if request.generationId != group.generationId { return .illegalGeneration }
        // What the member believes to have been chosen, if it says so (KIP-559).
        let differs = { (said: String?, known: String?) in
            if let said, let known { said != known } else { false }
        }
        if differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName) {
            return .inconsistentGroupProtocol
        }
        return .none
    }

    private func noteSync(of member: ClassicMember, _ group: ClassicGroup, _ actions: inout GroupActions) {
        group.rebalance.pendingSync.remove(member.memberId)
        if group.rebalance.pendingSync.isEmpty { actions.cancelTimer(.classicSync(groupId: group.groupId)) }
    }

    /// Writes the leader's assignment. Members that it does not name get nothing; strangers that it names are ignored.
    private func writeAssignment(
        of request: SyncGroupRequest, _ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions
    ) {
        var assignments: [String: [UInt8]] = [:]
        for entry in request.assignments { assignments[entry.memberId] = entry.assignment }
        actions.records.append(group.record(assignments: assignments))
        let generation = group.generationId
        actions.afterWriting = { [self] error in
            var actions = GroupActions()
            // The group may have gone on meanwhile.
            guard group.state == .completingRebalance, group.generationId == generation else { return actions }
            for member in group.members.values {
                member.assignment = error == .none ? assignments[member.memberId] ?? [] : []
            }
            if error == .none {
                propagateAssignment(group, .none, &actions)
                group.move(to: .stable, nowMs: nowMs)
            } else {
                propagateAssignment(group, error, &actions)
                prepareRebalance(group, nowMs: nowMs, &actions)
            }
            return actions
        }
    }

    /// Answers every SyncGroup request that waits, and waits for heartbeats again.
    func propagateAssignment(_ group: ClassicGroup, _ error: ErrorCode, _ actions: inout GroupActions) {
        for member in group.members.values {
            guard let waiting = member.awaitingSync else { continue }
            member.awaitingSync = nil
            actions.reply(waiting, .syncGroup(error == .none ? assigned(member, group) : Self.syncError(error)))
            startSession(of: member, group, &actions)
        }
    }

    private func assigned(_ member: ClassicMember, _ group: ClassicGroup) -> SyncGroupResponse {
        var response = SyncGroupResponse()
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.assignment = member.assignment
        return response
    }
}
