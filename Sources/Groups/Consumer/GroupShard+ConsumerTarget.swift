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
        let members = membersForTarget(beat)
        let spec = groupSpec(members, of: group, type: beat.subscriptionType ?? group.subscriptionType)
        let preferred = group.preferredAssignor(changing: beat.member, to: beat.updated)
        let assignor = (preferred ?? config.consumerAssignors.first).flatMap { ServerAssignors.named($0) }
        let assigned: [Assignment]
        do {
            assigned = try (assignor ?? UniformAssignor()).assign(spec)
        } catch {
            throw ConsumerGroupRefusal(
                .unknownServerError,
                "Failed to compute a new target assignment for epoch \(beat.groupEpoch): \(error.text)")
        }
        var own = Assignment()
        for index in spec.walkedMembers {
            let memberId = spec.members[index].memberId
            if memberId == beat.updated.memberId { own = assigned[index] }
            if group.targets[memberId] != assigned[index] {
                beat.actions.records.append(beat.make.target(memberId, assigned[index]))
            }
        }
        beat.actions.records.append(beat.make.targetEpoch(beat.groupEpoch, timestampMs: beat.nowMs))
        return (beat.groupEpoch, own)
    }

    /// The members with the one whose heartbeat this is, and without the one that it replaces.
    private func membersForTarget(_ beat: ConsumerHeartbeat) -> [ConsumerMember] {
        var members = beat.group.members
        if let instanceId = beat.updated.instanceId, let former = beat.group.staticMembers[instanceId],
            former != beat.updated.memberId
        {
            members[former] = nil
        }
        members[beat.updated.memberId] = beat.updated
        return members.values.sorted { $0.memberId < $1.memberId }
    }

    private func groupSpec(
        _ members: [ConsumerMember], of group: ConsumerGroup, type: SubscriptionType
    ) -> GroupSpec {
        var known: [String: GroupTopic?] = [:]
        var partitionCounts: [Uuid: Int] = [:]
        let specs = members.map { member in
            let names = group.subscribedTopics(of: member)
            let ids = names.compactMap { name in
                let topic = known[name] ?? topics.topic(named: name)
                known[name] = .some(topic)
                if let topic { partitionCounts[topic.id] = topic.partitionCount }
                return topic?.id
            }
            return MemberSpec(
                memberId: member.memberId, instanceId: member.instanceId, rackId: member.rackId,
                subscribedTopicIds: ids, subscriptionCount: names.count,
                assignment: group.target(of: member.memberId, instanceId: member.instanceId))
        }
        return GroupSpec(members: specs, subscriptionType: type, partitionCounts: partitionCounts)
    }
}
