// The target assignment of a consumer group: what each member is meant to have.

import KafkaWire

extension GroupShard {
    /// Computes the target anew when the group has changed since, though not more often than the interval permits
    /// (KIP-1263): many members that come at once cause one assignment. Gives the epoch and the member's own target.
    func updateTarget(_ beat: inout ConsumerHeartbeat) throws(ConsumerGroupRefusal) -> (Int32, Assignment) {
        let group = beat.group
        let nextMs = group.assignmentTimestampMs &+ consumerAssignmentIntervalMs(group.groupId)
        guard beat.groupEpoch > group.assignmentEpoch, beat.nowMs >= nextMs else {
            let target = group.target(of: beat.updated.memberId, instanceId: beat.updated.instanceId)
            return (group.assignmentEpoch, target)
        }
        let spec = groupSpec(members(for: beat), type: group.subscriptionType(changing: beat.member, to: beat.updated))
        let preferred = group.preferredAssignor(changing: beat.member, to: beat.updated)
        let assignor = (preferred ?? config.consumerAssignors.first).flatMap { ServerAssignors.named($0) }
        let assigned: [Assignment]
        do {
            assigned = try (assignor ?? UniformAssignor()).assign(spec)
        } catch {
            // Kafka keeps the words of this error to itself.
            throw ConsumerGroupRefusal(.unknownServerError, nil)
        }
        var own = Assignment()
        for index in spec.walkedMembers {
            let member = spec.members[index]
            if member.memberId == beat.updated.memberId { own = assigned[index] }
            if member.target != assigned[index] {
                beat.actions.records.append(beat.make.target(member.memberId, assigned[index]))
            }
        }
        beat.actions.records.append(beat.make.targetEpoch(beat.groupEpoch, timestampMs: beat.nowMs))
        return (beat.groupEpoch, own)
    }

    /// The members with the one whose heartbeat this is, and without the one that it replaces.
    private func members(for beat: ConsumerHeartbeat) -> [MemberSpec] {
        let (group, updated) = (beat.group, beat.updated)
        var topicIds = SubscribedTopicIds(group: group, topics: topics)
        var members = memberSpecs(of: group)
        let subscribed = topicIds.of(updated.topicNames, regex: updated.regex)
        let spec = MemberSpec(
            memberId: updated.memberId, javaHash: updated.memberId.javaHash, instanceId: updated.instanceId,
            rackId: updated.rackId, subscribedTopicIds: subscribed.ids, subscriptionCount: subscribed.count,
            assignment: group.target(of: updated.memberId, instanceId: updated.instanceId),
            target: group.targets[updated.memberId])
        let own = group.roster.place(of: updated.memberId)
        if own.isThere { members[own.index] = spec } else { members.insert(spec, at: own.index) }
        if let former = updated.instanceId.flatMap({ group.staticMembers[$0] }), former != updated.memberId,
            let index = members.firstIndex(where: { $0.memberId == former })
        {
            members.remove(at: index)
        }
        return members
    }

    func memberSpecs(of group: ConsumerGroup) -> [MemberSpec] {
        var topicIds = SubscribedTopicIds(group: group, topics: topics)
        return group.memberSpecs(topicsVersion: consumerState.topicsVersion) { topicIds.of($0, regex: $1) }
    }

    private func groupSpec(_ members: [MemberSpec], type: SubscriptionType) -> GroupSpec {
        var partitionCounts: [Uuid: Int] = [:]
        var former: [Uuid] = []
        for member in members where member.subscribedTopicIds != former {
            former = member.subscribedTopicIds
            for id in former where partitionCounts[id] == nil {
                partitionCounts[id] = topics.topic(id: id)?.partitionCount
            }
        }
        return GroupSpec(members: members, subscriptionType: type, partitionCounts: partitionCounts)
    }
}

/// The ids of the topics that members are subscribed to. Members of one group mostly name the same ones.
private struct SubscribedTopicIds {
    let group: ConsumerGroup
    let topics: any TopicsView
    private var names: [String] = []
    private var ids: [Uuid] = []

    init(group: ConsumerGroup, topics: any TopicsView) {
        self.group = group
        self.topics = topics
    }

    /// The ids of those that exist, and how many there are with those that do not.
    mutating func of(_ names: TopicNames, regex: String?) -> (ids: [Uuid], count: Int) {
        let names = regex == nil ? names.walked : group.subscribedTopics(names: names, regex: regex)
        if names != self.names {
            self.names = names
            ids = names.compactMap { topics.topic(named: $0)?.id }
        }
        return (ids, names.count)
    }
}
