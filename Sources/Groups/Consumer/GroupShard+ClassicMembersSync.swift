// SyncGroup, Heartbeat and LeaveGroup to a consumer group, from its members of the classic protocol.

import KafkaMessages
import KafkaWire

extension GroupShard {
    func syncConsumerGroup(
        _ group: ConsumerGroup, _ request: SyncGroupRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        var actions = GroupActions()
        do throws(ConsumerGroupRefusal) {
            let member = try classicMember(
                request.memberId, of: group, instanceId: request.groupInstanceId, generation: request.generationId)
            let protocolName = member.classic?.supportedProtocols.first?.name
            if let type = request.protocolType, type != EmbeddedConsumerProtocol.protocolType {
                throw ConsumerGroupRefusal(.inconsistentGroupProtocol, nil)
            }
            if let name = request.protocolName, name != protocolName {
                throw ConsumerGroupRefusal(.inconsistentGroupProtocol, nil)
            }
            // One that is giving partitions up has joined again already.
            if group.assignmentEpoch > member.memberEpoch, member.state != .unrevokedPartitions {
                awaitJoin(of: member, group, &actions)
                actions.reply(token, .syncGroup(Self.syncError(.rebalanceInProgress)))
                return actions
            }
            actions.cancelTimer(.consumerSync(groupId: group.groupId, memberId: member.memberId))
            startSession(of: member, group, &actions)
            var response = SyncGroupResponse()
            response.protocolType = EmbeddedConsumerProtocol.protocolType
            response.protocolName = protocolName
            response.assignment = EmbeddedConsumerProtocol.encode(
                member.assigned.assignment, for: member.classic?.supportedProtocols.first?.metadata ?? [],
                topics: topics)
            actions.reply(token, .syncGroup(response))
            return actions
        } catch {
            return .reply(token, .syncGroup(Self.syncError(error.code)))
        }
    }

    func heartbeatConsumerGroup(
        _ group: ConsumerGroup, _ request: HeartbeatRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        var actions = GroupActions()
        var response = HeartbeatResponse()
        do throws(ConsumerGroupRefusal) {
            let member = try classicMember(
                request.memberId, of: group, instanceId: request.groupInstanceId, generation: request.generationId)
            startSession(of: member, group, &actions)
            // There is a new target, or the member has partitions to give up, or those that it waits for are free.
            let mustJoin =
                member.memberEpoch < group.assignmentEpoch || member.state == .unrevokedPartitions
                || (member.state == .unreleasedPartitions && !group.waitsForOthers(member))
            if mustJoin {
                awaitJoin(of: member, group, &actions)
                response.errorCode = ErrorCode.rebalanceInProgress.rawValue
            }
        } catch {
            response.errorCode = error.code.rawValue
        }
        actions.reply(token, .heartbeat(response))
        return actions
    }

    func leaveConsumerGroup(
        _ group: ConsumerGroup, _ request: LeaveGroupRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        var response = LeaveGroupResponse()
        var leaving: [ConsumerMember] = []
        for identity in request.members {
            do throws(ConsumerGroupRefusal) {
                let member = try self.member(leavingAs: identity, of: group)
                if !leaving.contains(where: { $0.memberId == member.memberId }) { leaving.append(member) }
                response.members.append(Self.left(identity, .none))
            } catch {
                response.members.append(Self.left(identity, error.code))
            }
        }
        var actions = fence(leaving, of: group, nowMs: nowMs)
        actions.reply(token, .leaveGroup(response))
        return actions
    }

    /// The tools remove static members by their instance ids alone.
    private func member(
        leavingAs identity: LeaveGroupRequest.MemberIdentity, of group: ConsumerGroup
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        guard let instanceId = identity.groupInstanceId else {
            return try dynamicMember(identity.memberId, of: group)
        }
        let holder = identity.memberId.isEmpty ? group.staticMembers[instanceId] ?? "" : identity.memberId
        return try staticMember(holder, of: group, instanceId: instanceId)
    }

    /// The classic member that a request names, at the generation that it names.
    private func classicMember(
        _ memberId: String, of group: ConsumerGroup, instanceId: String?, generation: Int32
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        let member: ConsumerMember
        if let instanceId {
            member = try staticMember(memberId, of: group, instanceId: instanceId)
        } else {
            member = try dynamicMember(memberId, of: group)
        }
        guard member.usesClassicProtocol else {
            throw ConsumerGroupRefusal(
                .unknownMemberId, "Member \(memberId) does not use the classic protocol.")
        }
        guard member.memberEpoch == generation else { throw ConsumerGroupRefusal(.illegalGeneration, nil) }
        return member
    }

    private func startSession(of member: ConsumerMember, _ group: ConsumerGroup, _ actions: inout GroupActions) {
        actions.setTimer(
            .consumerSession(groupId: group.groupId, memberId: member.memberId),
            afterMs: Int64(member.classic?.sessionTimeoutMs ?? 0))
    }

    /// The member is told to join again; its time for that runs from the first time it is told.
    private func awaitJoin(of member: ConsumerMember, _ group: ConsumerGroup, _ actions: inout GroupActions) {
        guard group.awaitedJoins.insert(member.memberId).inserted else { return }
        actions.setTimer(
            .consumerJoin(groupId: group.groupId, memberId: member.memberId),
            afterMs: Int64(member.rebalanceTimeoutMs))
    }
}

extension ConsumerGroup {
    /// Whether others still have some of what the member is meant to have.
    fileprivate func waitsForOthers(_ member: ConsumerMember) -> Bool {
        target(of: member.memberId, instanceId: member.instanceId).topics.contains { topic in
            topic.partitions.contains { partition in
                !member.assigned.contains(topic.topicId, partition) && isOwned(topic.topicId, partition)
            }
        }
    }
}
