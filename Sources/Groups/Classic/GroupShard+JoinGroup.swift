// JoinGroup for classic groups: who is let in, and under which id.

import KafkaMessages
import KafkaWire

/// A JoinGroup request on its way through a shard.
struct ClassicJoin {
    var request: JoinGroupRequest
    var client: GroupClient
    var token: RequestToken
    var nowMs: Int64

    /// The request's protocols, each name once: the first counts, as in Kafka's collection.
    static func distinct(_ protocols: [ClassicMember.SupportedProtocol]) -> [ClassicMember.SupportedProtocol] {
        var names: Set<String> = []
        return protocols.filter { names.insert($0.name).inserted }
    }
}

extension GroupShard {
    /// JoinGroup. The answer may come with a later event: when the others have joined, or their time is up.
    public func joinGroup(
        _ request: JoinGroupRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        var join = ClassicJoin(request: request, client: client, token: token, nowMs: nowMs)
        guard !request.groupId.isEmpty else { return Self.refuse(join, .invalidGroupId) }
        let sessionTimeouts =
            config
            .classicMinSessionTimeoutMs...max(
                config.classicMinSessionTimeoutMs, config.classicMaxSessionTimeoutMs)
        guard sessionTimeouts.contains(request.sessionTimeoutMs) else {
            return Self.refuse(join, .invalidSessionTimeout)
        }
        join.request.protocols = ClassicJoin.distinct(request.protocols)
        // Version 0 has no rebalance timeout of its own.
        if client.apiVersion == 0 { join.request.rebalanceTimeoutMs = request.sessionTimeoutMs }

        switch groups[request.groupId] {
        case .consumer(let group) where !group.isEmpty: return joinConsumerGroup(group, join)
        case .opaque: return Self.refuse(join, .inconsistentGroupProtocol, memberId: "")
        case .classic(let group): return joinClassicGroup(group, join)
        case .consumer, nil: return joinNewClassicGroup(join)
        }
    }

    static func refuse(_ join: ClassicJoin, _ error: ErrorCode, memberId: String? = nil) -> GroupActions {
        .reply(join.token, .joinGroup(joinError(error, memberId: memberId ?? join.request.memberId)))
    }

    static func joinError(_ error: ErrorCode, memberId: String) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = error.rawValue
        response.memberId = memberId
        response.protocolName = nil
        return response
    }

    /// Makes the group, if its first member has no id yet. What tells of the new group is an empty group's record.
    private func joinNewClassicGroup(_ join: ClassicJoin) -> GroupActions {
        let groupId = join.request.groupId
        guard join.request.memberId.isEmpty else { return Self.refuse(join, .unknownMemberId) }
        let before = groups[groupId]
        var records: [GroupRecord] = []
        if case .consumer(let empty) = before { records = empty.tombstones() }
        let group = ClassicGroup(groupId: groupId, nowMs: join.nowMs)
        records.append(group.record())
        groups[groupId] = .classic(group)
        var actions = joinClassicGroup(group, join)
        actions.records = records
        actions.afterWriting = { [self] error in
            var actions = GroupActions()
            guard error != .none else { return actions }
            // Nobody will know that there was such a group; a request that already waits is answered here.
            groups[groupId] = before
            for member in group.members.values {
                guard let waiting = member.awaitingJoin else { continue }
                actions.reply(waiting, .joinGroup(Self.joinError(error, memberId: "")))
            }
            return actions
        }
        return actions
    }

    private func joinClassicGroup(_ group: ClassicGroup, _ join: ClassicJoin) -> GroupActions {
        var actions = GroupActions()
        let memberId = join.request.memberId
        if !accepts(memberId, in: group) {
            group.remove(memberId)
            actions.reply(join.token, .joinGroup(Self.joinError(.groupMaxSizeReached, memberId: "")))
        } else if !group.supports(protocolType: join.request.protocolType, protocols: join.request.protocols) {
            actions.reply(join.token, .joinGroup(Self.joinError(.inconsistentGroupProtocol, memberId: memberId)))
        } else if memberId.isEmpty {
            joinAsNewMember(group, join, &actions)
        } else {
            joinAsKnownMember(group, join, &actions)
        }
        return actions
    }

    /// Whether the group has room. A group that is joining counts those that have joined: members of before may have
    /// gone, and if the limit was lowered it is the last to rejoin that are turned away.
    private func accepts(_ memberId: String, in group: ClassicGroup) -> Bool {
        switch group.state {
        case .empty: true
        case .preparingRebalance:
            group.members[memberId]?.awaitingJoin != nil || group.awaitingJoinCount < config.classicMaxSize
        case .completingRebalance, .stable:
            group.members[memberId] != nil || group.members.count < config.classicMaxSize
        }
    }

    private func joinAsNewMember(_ group: ClassicGroup, _ join: ClassicJoin, _ actions: inout GroupActions) {
        if let instance = join.request.groupInstanceId {
            let memberId = newMemberId(clientId: instance)
            if let known = group.staticMembers[instance] {
                replaceStaticMember(group, known, by: memberId, join, &actions)
            } else {
                addMember(memberId, to: group, join, &actions)
            }
            return
        }
        let memberId = newMemberId(clientId: join.client.clientId)
        guard join.client.apiVersion >= 4 else { return addMember(memberId, to: group, join, &actions) }
        // From version 4 on a member joins in two steps, so that one whose answer gets lost leaves no ghost (KIP-394).
        group.rebalance.pendingJoin.insert(memberId)
        actions.setTimer(
            .classicSession(groupId: group.groupId, memberId: memberId), afterMs: Int64(join.request.sessionTimeoutMs))
        actions.reply(join.token, .joinGroup(Self.joinError(.memberIdRequired, memberId: memberId)))
    }

    private func joinAsKnownMember(_ group: ClassicGroup, _ join: ClassicJoin, _ actions: inout GroupActions) {
        let memberId = join.request.memberId
        if group.rebalance.pendingJoin.contains(memberId) {
            // An id that was given out is never a static member's.
            guard join.request.groupInstanceId == nil else {
                return actions.reply(join.token, .joinGroup(Self.joinError(.unknownServerError, memberId: "")))
            }
            return addMember(memberId, to: group, join, &actions)
        }
        let error = group.checkMember(memberId, groupInstanceId: join.request.groupInstanceId)
        guard error == .none, let member = group.members[memberId] else {
            return actions.reply(join.token, .joinGroup(Self.joinError(error, memberId: memberId)))
        }
        let isChanged = !member.matches(join.request.protocols)
        switch group.state {
        case .preparingRebalance:
            rejoin(member, group, join, &actions)
        case .completingRebalance:
            // The same again: the first answer may have been lost.
            if isChanged {
                rejoin(member, group, join, &actions)
            } else {
                actions.reply(join.token, .joinGroup(joined(member, group)))
            }
        case .stable:
            // The leader rejoins when something has changed that is in nobody's metadata, such as a topic's partitions.
            if isChanged || group.leaderId == memberId {
                rejoin(member, group, join, &actions)
            } else {
                actions.reply(join.token, .joinGroup(joined(member, group)))
            }
        case .empty:
            actions.reply(join.token, .joinGroup(Self.joinError(.unknownMemberId, memberId: "")))
        }
    }

    private func rejoin(
        _ member: ClassicMember, _ group: ClassicGroup, _ join: ClassicJoin, _ actions: inout GroupActions
    ) {
        group.update(
            member, protocols: join.request.protocols, rebalanceTimeoutMs: join.request.rebalanceTimeoutMs,
            sessionTimeoutMs: join.request.sessionTimeoutMs)
        group.setAwaitingJoin(join.token, of: member)
        rebalanceOrCompleteJoin(group, nowMs: join.nowMs, &actions)
    }

    private func addMember(
        _ memberId: String, to group: ClassicGroup, _ join: ClassicJoin, _ actions: inout GroupActions
    ) {
        let member = ClassicMember(
            memberId: memberId, groupInstanceId: join.request.groupInstanceId, clientId: join.client.clientId,
            clientHost: join.client.clientHost, rebalanceTimeoutMs: join.request.rebalanceTimeoutMs,
            sessionTimeoutMs: join.request.sessionTimeoutMs, protocols: join.request.protocols)
        member.isNew = true
        member.awaitingJoin = join.token
        if group.rebalance.initialDelay != nil { group.rebalance.newMemberWasAdded = true }
        group.add(member, protocolType: join.request.protocolType)
        // A new member cannot send heartbeats while it waits for its id. One that gave up would wait for ever.
        actions.setTimer(
            .classicSession(groupId: group.groupId, memberId: memberId), afterMs: config.classicNewMemberJoinTimeoutMs)
        rebalanceOrCompleteJoin(group, nowMs: join.nowMs, &actions)
    }

    /// The answer to a member that has joined; the leader's says who the members are.
    func joined(_ member: ClassicMember, _ group: ClassicGroup) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.memberId = member.memberId
        response.generationId = group.generationId
        response.protocolType = group.protocolType
        response.protocolName = group.protocolName
        response.leader = group.leaderId ?? ""
        guard member.memberId == group.leaderId else { return response }
        response.members = group.sortedMembers.map { other in
            var entry = JoinGroupResponse.JoinGroupResponseMember()
            entry.memberId = other.memberId
            entry.groupInstanceId = other.groupInstanceId
            entry.metadata = other.metadata(of: group.protocolName)
            return entry
        }
        return response
    }
}
