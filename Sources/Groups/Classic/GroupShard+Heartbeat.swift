// Heartbeat and LeaveGroup for classic groups.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// Heartbeat.
    public func heartbeat(
        _ request: HeartbeatRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        if case .consumer(let group) = groups[request.groupId] {
            return heartbeatConsumerGroup(group, request, from: client, token: token, nowMs: nowMs)
        }
        var actions = GroupActions()
        var response = HeartbeatResponse()
        response.errorCode = heartbeat(request, &actions).rawValue
        actions.reply(token, .heartbeat(response))
        return actions
    }

    private func heartbeat(_ request: HeartbeatRequest, _ actions: inout GroupActions) -> ErrorCode {
        guard !request.groupId.isEmpty else { return .invalidGroupId }
        guard case .classic(let group) = groups[request.groupId] else { return .unknownMemberId }
        let error = group.checkMember(request.memberId, groupInstanceId: request.groupInstanceId)
        guard error == .none, let member = group.members[request.memberId] else { return error }
        guard request.generationId == group.generationId else { return .illegalGeneration }
        switch group.state {
        case .empty: return .unknownMemberId
        case .preparingRebalance:
            startSession(of: member, group, &actions)
            return .rebalanceInProgress
        case .completingRebalance, .stable:
            startSession(of: member, group, &actions)
            return .none
        }
    }

    /// LeaveGroup, in the form of version 3: a list of members, by member id or by group instance id.
    public func leaveGroup(
        _ request: LeaveGroupRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        var response = LeaveGroupResponse()
        guard !request.groupId.isEmpty else {
            response.errorCode = ErrorCode.invalidGroupId.rawValue
            return .reply(token, .leaveGroup(response))
        }
        switch groups[request.groupId] {
        case .consumer(let group):
            return leaveConsumerGroup(group, request, from: client, token: token, nowMs: nowMs)
        case .classic(let group):
            return leaveClassicGroup(group, request, token: token, nowMs: nowMs)
        default:
            response.members = request.members.map { Self.left($0, .unknownMemberId) }
            return .reply(token, .leaveGroup(response))
        }
    }

    static func left(
        _ member: LeaveGroupRequest.MemberIdentity, _ error: ErrorCode
    ) -> LeaveGroupResponse.MemberResponse {
        var response = LeaveGroupResponse.MemberResponse()
        response.memberId = member.memberId
        response.groupInstanceId = member.groupInstanceId
        response.errorCode = error.rawValue
        return response
    }

    private func leaveClassicGroup(
        _ group: ClassicGroup, _ request: LeaveGroupRequest, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        var actions = GroupActions()
        var response = LeaveGroupResponse()
        var somebodyLeft = false
        for leaving in request.members {
            let error = leave(leaving, group, &actions)
            somebodyLeft = somebodyLeft || error == .none
            response.members.append(Self.left(leaving, error))
        }
        if somebodyLeft {
            switch group.state {
            case .stable, .completingRebalance: prepareRebalance(group, nowMs: nowMs, &actions)
            case .preparingRebalance: completeJoinIfEveryoneIsHere(group, nowMs: nowMs, &actions)
            case .empty: break
            }
        }
        actions.reply(token, .leaveGroup(response))
        return actions
    }

    private func leave(
        _ leaving: LeaveGroupRequest.MemberIdentity, _ group: ClassicGroup, _ actions: inout GroupActions
    ) -> ErrorCode {
        var memberId = leaving.memberId
        if memberId.isEmpty {
            // An administrator removes a static member by its instance id.
            guard let instance = leaving.groupInstanceId, let known = group.staticMembers[instance] else {
                return .unknownMemberId
            }
            memberId = known
        } else if group.rebalance.pendingJoin.contains(memberId) {
            group.remove(memberId)
            actions.cancelTimer(.classicSession(groupId: group.groupId, memberId: memberId))
            return .none
        } else {
            let error = group.checkMember(memberId, groupInstanceId: leaving.groupInstanceId)
            if error != .none { return error }
        }
        guard let member = group.members[memberId] else { return .unknownMemberId }
        actions.cancelTimer(.classicSession(groupId: group.groupId, memberId: memberId))
        answerBeforeRemoval(member, group, &actions)
        group.remove(memberId)
        return .none
    }
}
