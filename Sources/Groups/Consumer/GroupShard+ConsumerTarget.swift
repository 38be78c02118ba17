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
        let (members, targets) = members(for: beat)
        let spec = groupSpec(members, type: group.subscriptionType(changing: beat.member, to: beat.updated))
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
            let memberId = spec.members[index].memberId
            if memberId == beat.updated.memberId { own = assigned[index] }
            if targets[index] != assigned[index] {
                beat.actions.records.append(beat.make.target(memberId, assigned[index]))
            }
        }
        beat.actions.records.append(beat.make.targetEpoch(beat.groupEpoch, timestampMs: beat.nowMs))
        return (beat.groupEpoch, own)
    }

    /// The members with the one whose heartbeat this is, and without the one that it replaces; and what each was meant
    /// to have until now.
    private func members(for beat: ConsumerHeartbeat) -> (members: [MemberSpec], targets: [Assignment?]) {
        let (group, updated) = (beat.group, beat.updated)
        let former = updated.instanceId.flatMap { group.staticMembers[$0] }
        let entries = group.roster.entries
        let (own, isThere) = group.roster.place(of: updated.memberId)
        var members: [MemberSpec] = []
        var targets: [Assignment?] = []
        members.reserveCapacity(entries.count + 1)
        targets.reserveCapacity(entries.count + 1)
        var ids = SubscribedTopicIds(topics: topics)
        func add(_ entry: ConsumerRoster.Entry) {
            targets.append(entry.target)
            members.append(memberSpec(entry, of: group, &ids))
        }
        for index in 0...entries.count {
            if index == own { add(ConsumerRoster.Entry(updated, target: group.targets[updated.memberId])) }
            guard index < entries.count, index != own || !isThere, entries[index].memberId != former else { continue }
            add(entries[index])
        }
        return (members, targets)
    }

    private func memberSpec(
        _ entry: ConsumerRoster.Entry, of group: ConsumerGroup, _ ids: inout SubscribedTopicIds
    ) -> MemberSpec {
        let names =
            entry.regex == nil
            ? entry.topicNames.walked : group.subscribedTopics(names: entry.topicNames, regex: entry.regex)
        return MemberSpec(
            memberId: entry.memberId, javaHash: entry.javaHash, instanceId: entry.instanceId, rackId: entry.rackId,
            subscribedTopicIds: ids.of(names), subscriptionCount: names.count,
            assignment: entry.instanceId == nil
                ? entry.target ?? Assignment() : group.target(of: entry.memberId, instanceId: entry.instanceId))
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
    let topics: any TopicsView
    private var names: [String] = []
    private var ids: [Uuid] = []

    init(topics: any TopicsView) {
        self.topics = topics
    }

    mutating func of(_ names: [String]) -> [Uuid] {
        if names != self.names {
            self.names = names
            ids = names.compactMap { topics.topic(named: $0)?.id }
        }
        return ids
    }
}
