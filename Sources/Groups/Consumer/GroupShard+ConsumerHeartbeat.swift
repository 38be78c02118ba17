// ConsumerGroupHeartbeat (KIP-848): joining, staying, leaving a consumer group.

import KafkaMessages
import KafkaWire

/// A heartbeat on its way through the shard, and what has come of it so far.
struct ConsumerHeartbeat {
    let group: ConsumerGroup
    let nowMs: Int64
    var actions: GroupActions
    /// The member as it was before, with the id that it has now.
    var member: ConsumerMember
    var updated: ConsumerMember
    var groupEpoch: Int32
    var isSubscriptionChanged = false

    var make: ConsumerRecords { ConsumerRecords(groupId: group.groupId) }
}

extension GroupShard {
    /// ConsumerGroupHeartbeat. Answered at once, when what it changed is in the log.
    public func consumerGroupHeartbeat(
        _ request: ConsumerGroupHeartbeatRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        do throws(ConsumerGroupRefusal) {
            try check(request, version: client.apiVersion)
            if request.memberEpoch == ConsumerMember.leaveEpoch
                || request.memberEpoch == ConsumerMember.leaveStaticEpoch
            {
                return try leaveConsumerGroup(request, token: token, nowMs: nowMs)
            }
            return try heartbeat(request, from: client, token: token, nowMs: nowMs)
        } catch {
            return .reply(token, .consumerGroupHeartbeat(error.heartbeatResponse))
        }
    }

    private func heartbeat(
        _ request: ConsumerGroupHeartbeatRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) throws(ConsumerGroupRefusal) -> GroupActions {
        var actions = GroupActions()
        let isJoining = request.memberEpoch == 0
        let group = try consumerGroup(request.groupId, isJoining: isJoining, nowMs: nowMs, &actions)
        let memberId = request.memberId.isEmpty ? randomId().description : request.memberId
        try refuseIfFull(group, memberId: memberId)
        let owned = request.topicPartitions.map { topics in
            topics.map { TopicPartitions(topicId: $0.topicId, partitions: $0.partitions) }
        }
        let member = try self.member(
            memberId, of: group, instanceId: request.instanceId, isJoining: isJoining, epoch: request.memberEpoch,
            owned: owned, &actions)
        var updated = member
        updated.update(request)
        updated.clientId = client.clientId
        updated.clientHost = client.clientHost
        updated.classic = nil

        var beat = ConsumerHeartbeat(
            group: group, nowMs: nowMs, actions: actions, member: member, updated: updated,
            groupEpoch: group.groupEpoch)
        let isNamesChanged = noteMember(&beat)
        let regexes = try updateRegexes(&beat)
        beat.isSubscriptionChanged = isNamesChanged || regexes.isChanged
        // A regular expression that is yet to be resolved raises the epoch when it is.
        updateMetadata(&beat, isEpochDue: isNamesChanged || regexes.isResolved)
        let (targetEpoch, target) = try updateTarget(&beat)
        try reconcile(&beat, targetEpoch: targetEpoch, target: target, owned: owned)
        actions = beat.actions
        actions.setTimer(
            .consumerSession(groupId: group.groupId, memberId: memberId),
            afterMs: consumerSessionTimeoutMs(group.groupId))
        if regexes.mustResolve { resolveRegexesAfterwards(group, regexes.toResolve, nowMs: nowMs, &actions) }
        actions.reply(token, .consumerGroupHeartbeat(response(to: request, beat)))
        return actions
    }

    /// A member that says everything, as one does when it joins or after an error, is told everything.
    private func response(
        to request: ConsumerGroupHeartbeatRequest, _ beat: ConsumerHeartbeat
    ) -> ConsumerGroupHeartbeatResponse {
        var response = ConsumerGroupHeartbeatResponse()
        response.memberId = beat.updated.memberId
        response.memberEpoch = beat.updated.memberEpoch
        response.heartbeatIntervalMs = consumerHeartbeatIntervalMs(beat.group.groupId)
        let saysEverything =
            request.rebalanceTimeoutMs != -1 && request.topicPartitions != nil
            && (request.subscribedTopicNames != nil || request.subscribedTopicRegex != nil)
        if request.memberEpoch == 0 || saysEverything || beat.updated.assigned != beat.member.assigned {
            var assignment = ConsumerGroupHeartbeatResponse.Assignment()
            assignment.topicPartitions = beat.updated.assigned.sorted().map { topicId, partitions in
                var topic = ConsumerGroupHeartbeatResponse.TopicPartitions()
                topic.topicId = topicId
                topic.partitions = partitions
                return topic
            }
            response.assignment = assignment
        }
        return response
    }

    /// Writes the member when it is new or says something new; whether the topics that it names have changed.
    func noteMember(_ beat: inout ConsumerHeartbeat) -> Bool {
        guard beat.updated != beat.member || beat.group.members[beat.member.memberId] == nil else { return false }
        beat.actions.records.append(beat.make.member(beat.updated))
        return beat.updated.topicNames != beat.member.topicNames
    }

    /// Raises the group's epoch when it is due, or when the subscribed topics are not what they were.
    func updateMetadata(_ beat: inout ConsumerHeartbeat, isEpochDue: Bool) {
        let group = beat.group
        guard isEpochDue || group.isMetadataOld(version: consumerState.topicsVersion, nowMs: beat.nowMs) else { return }
        let subscriptions = group.subscriptions(changing: beat.member, to: beat.updated)
        let hash = metadataHash(of: subscriptions)
        if isEpochDue || hash != group.metadataHash {
            beat.groupEpoch &+= 1
            beat.actions.records.append(beat.make.epoch(beat.groupEpoch, metadataHash: hash))
        }
        group.metadataWasSeen(version: consumerState.topicsVersion, epoch: beat.groupEpoch, nowMs: beat.nowMs)
        if group.hasSubscriptionMetadataRecord {
            beat.actions.records.append(beat.make.subscriptionMetadataTombstone)
        }
    }

    /// Takes the member one step towards its target.
    func reconcile(
        _ beat: inout ConsumerHeartbeat, targetEpoch: Int32, target: Assignment, owned: [TopicPartitions]?
    ) throws(ConsumerGroupRefusal) {
        guard beat.isSubscriptionChanged || !beat.updated.isReconciled(to: targetEpoch) else { return }
        let before = beat.updated
        beat.updated = try MemberReconciliation(
            group: beat.group, targetEpoch: targetEpoch, target: target,
            isSubscriptionChanged: beat.isSubscriptionChanged, owned: owned, topics: topics
        ).step(before)
        guard beat.updated != before else { return }
        beat.actions.records.append(beat.make.current(beat.updated))
        // Members of the classic protocol are given time to join and to sync instead.
        guard !beat.updated.usesClassicProtocol else { return }
        if beat.updated.state == .unrevokedPartitions {
            startRebalanceTimer(of: beat.updated, beat.group, &beat.actions)
        } else {
            beat.actions.cancelTimer(
                .consumerRebalance(groupId: beat.group.groupId, memberId: beat.updated.memberId))
        }
    }
}

extension ConsumerMember {
    /// Takes over what the request says; what it leaves out stays.
    fileprivate mutating func update(_ request: ConsumerGroupHeartbeatRequest) {
        instanceId = request.instanceId ?? instanceId
        rackId = request.rackId ?? rackId
        if request.rebalanceTimeoutMs != -1 { rebalanceTimeoutMs = request.rebalanceTimeoutMs }
        serverAssignor = request.serverAssignor ?? serverAssignor
        if let names = request.subscribedTopicNames { topicNames = TopicNames(names) }
        topicRegex = request.subscribedTopicRegex ?? topicRegex
    }
}

extension ConsumerGroup {
    /// How long the metadata is taken for current when the topics do not change.
    private static let metadataRefreshIntervalMs = Int64(Int32.max)

    fileprivate func isMetadataOld(version: Int64, nowMs: Int64) -> Bool {
        // An epoch that was decided on and not written.
        metadataSeen != version || nowMs >= metadataRefresh.deadlineMs || groupEpoch < metadataRefresh.epoch
    }

    func metadataWasSeen(version: Int64, epoch: Int32, nowMs: Int64) {
        metadataSeen = version
        metadataRefresh = (nowMs + Self.metadataRefreshIntervalMs, epoch)
    }
}
