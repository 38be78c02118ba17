// The rebalance of a classic group: from the first member that joins to the generation that all have joined.

import KafkaMessages
import KafkaWire

extension GroupShard {
    func rebalanceOrCompleteJoin(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        if group.state == .preparingRebalance {
            completeJoinIfEveryoneIsHere(group, nowMs: nowMs, &actions)
        } else {
            prepareRebalance(group, nowMs: nowMs, &actions)
        }
    }

    /// Ends the generation: members are to join again.
    func prepareRebalance(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        if group.state == .completingRebalance {
            for member in group.members.values { member.assignment = [] }
            propagateAssignment(group, .rebalanceInProgress, &actions)
        }
        group.rebalance.pendingSync.removeAll()
        actions.cancelTimer(.classicSync(groupId: group.groupId))

        let timer = GroupTimer.classicJoin(groupId: group.groupId)
        let isInitial = group.state == .empty
        group.move(to: .preparingRebalance, nowMs: nowMs)
        if isInitial {
            // The group is new: others of the same application may be about to start.
            let delayMs = Int64(config.classicInitialRebalanceDelayMs)
            group.rebalance.initialDelay = ClassicRebalance.InitialDelay(
                delayMs: delayMs, leftMs: max(group.rebalanceTimeoutMs - delayMs, 0))
            group.rebalance.newMemberWasAdded = false
            actions.setTimer(timer, afterMs: delayMs)
        } else if group.everyoneHasJoined {
            completeJoin(group, nowMs: nowMs, &actions)
        } else {
            actions.setTimer(timer, afterMs: group.rebalanceTimeoutMs)
        }
    }

    func completeJoinIfEveryoneIsHere(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        guard group.state == .preparingRebalance, group.rebalance.initialDelay == nil else { return }
        if group.everyoneHasJoined {
            completeJoin(group, nowMs: nowMs, &actions)
        } else if group.rebalance.waitsForFirst, group.anyoneHasJoined {
            group.rebalance.waitsForFirst = false
            actions.setTimer(.classicJoin(groupId: group.groupId), afterMs: group.rebalanceTimeoutMs)
        }
    }

    /// The time to join is up.
    func joinTimerFired(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        guard group.state == .preparingRebalance else { return }
        if let delay = group.rebalance.initialDelay, group.rebalance.newMemberWasAdded, delay.leftMs != 0 {
            // Members are still arriving. The delay is prolonged, up to the rebalance timeout in all.
            let nextMs = min(Int64(config.classicInitialRebalanceDelayMs), delay.leftMs)
            group.rebalance.newMemberWasAdded = false
            group.rebalance.initialDelay = ClassicRebalance.InitialDelay(
                delayMs: nextMs, leftMs: max(delay.leftMs - delay.delayMs, 0))
            actions.setTimer(.classicJoin(groupId: group.groupId), afterMs: nextMs)
        } else {
            completeJoin(group, nowMs: nowMs, &actions)
        }
    }

    /// Begins the next generation with those that have joined.
    func completeJoin(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        let timer = GroupTimer.classicJoin(groupId: group.groupId)
        actions.cancelTimer(timer)
        group.rebalance.initialDelay = nil
        group.rebalance.waitsForFirst = false
        // Static members may be restarting; the others that have not joined are gone.
        for member in group.members.values where member.awaitingJoin == nil && member.groupInstanceId == nil {
            group.remove(member.memberId)
            actions.cancelTimer(.classicSession(groupId: group.groupId, memberId: member.memberId))
        }
        if !electJoinedLeader(group), !group.members.isEmpty {
            // Nobody has joined, and only their session timeouts will tell who is still there. Kafka looks again after
            // the rebalance timeout, which may be nothing: here the first that joins has the time begin anew.
            group.rebalance.waitsForFirst = true
            return
        }
        group.generationId &+= 1
        group.rebalance.pendingSync.removeAll()
        guard !group.members.isEmpty else {
            group.protocolName = nil
            group.readSubscriptions()
            group.move(to: .empty, nowMs: nowMs)
            // When this cannot be written the former generation comes back after a restart, and times out.
            actions.records.append(group.record(assignments: [:]))
            return
        }
        group.protocolName = group.selectProtocol()
        group.readSubscriptions()
        group.move(to: .completingRebalance, nowMs: nowMs)
        for member in group.members.values {
            if let waiting = group.setAwaitingJoin(nil, of: member) {
                actions.reply(waiting, .joinGroup(joined(member, group)))
            }
            startSession(of: member, group, &actions)
            member.isNew = false
            group.rebalance.pendingSync.insert(member.memberId)
        }
        actions.setTimer(.classicSync(groupId: group.groupId), afterMs: group.rebalanceTimeoutMs)
    }

    /// Whether the leader has joined, or one that has joined could be made leader.
    private func electJoinedLeader(_ group: ClassicGroup) -> Bool {
        guard let leaderId = group.leaderId, let leader = group.members[leaderId] else { return false }
        if leader.awaitingJoin != nil { return true }
        guard let next = group.members.values.filter({ $0.awaitingJoin != nil }).map(\.memberId).min() else {
            return false
        }
        group.leaderId = next
        return true
    }

    /// Waits for the member's next sign of life.
    func startSession(of member: ClassicMember, _ group: ClassicGroup, _ actions: inout GroupActions) {
        actions.setTimer(
            .classicSession(groupId: group.groupId, memberId: member.memberId),
            afterMs: Int64(member.sessionTimeoutMs))
    }

    /// Members have not asked for their assignment in time: they are removed.
    func syncTimerFired(_ group: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions) {
        guard group.state == .completingRebalance || group.state == .stable, !group.rebalance.pendingSync.isEmpty
        else { return }
        for memberId in group.rebalance.pendingSync {
            group.remove(memberId)
            actions.cancelTimer(.classicSession(groupId: group.groupId, memberId: memberId))
        }
        prepareRebalance(group, nowMs: nowMs, &actions)
    }

    /// Nothing was heard of a member for its session timeout.
    func sessionTimerFired(_ group: ClassicGroup, memberId: String, nowMs: Int64, _ actions: inout GroupActions) {
        if group.rebalance.pendingJoin.contains(memberId) {
            group.remove(memberId)
            if group.state == .preparingRebalance, group.everyoneHasJoined {
                completeJoin(group, nowMs: nowMs, &actions)
            }
        } else if let member = group.members[memberId], !member.isExcusedFromHeartbeats {
            answerBeforeRemoval(member, group, &actions)
            group.remove(memberId)
            switch group.state {
            case .stable, .completingRebalance: prepareRebalance(group, nowMs: nowMs, &actions)
            case .preparingRebalance where group.everyoneHasJoined: completeJoin(group, nowMs: nowMs, &actions)
            case .preparingRebalance, .empty: break
            }
        }
    }

    /// A member that waits in JoinGroup is told that it is unknown now, so that it joins again if it is still there.
    func answerBeforeRemoval(_ member: ClassicMember, _ group: ClassicGroup, _ actions: inout GroupActions) {
        guard let waiting = group.setAwaitingJoin(nil, of: member) else { return }
        actions.reply(waiting, .joinGroup(Self.joinError(.unknownMemberId, memberId: "")))
    }
}
