// One step of a member towards its target: giving up first, getting then.

import KafkaWire

/// Takes a member from what it has to what it is meant to have (Kafka's `CurrentAssignmentBuilder`).
///
///     stable ──target has less──► unrevokedPartitions ──it says it gave up──┐
///       │ ▲                                                                 │
///       │ └──────────────── all of the target is free ◄─────────────────────┤
///       └── target has more, others still own it ──► unreleasedPartitions ◄─┘
struct MemberReconciliation {
    let group: ConsumerGroup
    let targetEpoch: Int32
    let target: Assignment
    /// This heartbeat has changed what the member is subscribed to.
    let isSubscriptionChanged: Bool
    /// What the member says it has; nil when it did not say.
    let owned: [TopicPartitions]?
    let topics: any TopicsView

    /// The member after the step; itself when there is nothing to do.
    func step(_ member: ConsumerMember) throws(ConsumerGroupRefusal) -> ConsumerMember {
        switch member.state {
        case .stable:
            if member.memberEpoch != targetEpoch { return reconcile(member, epoch: member.memberEpoch) }
            return isSubscriptionChanged ? dropUnsubscribed(member) : member
        case .unrevokedPartitions:
            if owns(anyOf: member.revoking) { return isSubscriptionChanged ? dropUnsubscribed(member) : member }
            // A change of subscription may have brought it here before there is a new target.
            return reconcile(member, epoch: min(member.memberEpoch &+ 1, targetEpoch))
        case .unreleasedPartitions:
            return reconcile(member, epoch: member.memberEpoch)
        case .unknown:
            guard let owned, owned.isEmpty else {
                throw ConsumerGroupRefusal(
                    .fencedMemberEpoch,
                    "The consumer group member is in a unknown state. "
                        + "The member must abandon all its partitions and rejoin.")
            }
            return reconcile(member, epoch: targetEpoch)
        }
    }

    private func subscribedTopicIds(_ member: ConsumerMember) -> Set<Uuid> {
        var ids: Set<Uuid> = []
        for name in group.subscribedTopics(of: member) {
            if let topic = topics.topic(named: name) { ids.insert(topic.id) }
        }
        return ids
    }

    /// Whether the member says that it has any of these, or does not say what it has.
    private func owns(anyOf partitions: PartitionEpochs) -> Bool {
        guard let owned else { return true }
        return owned.contains { topic in topic.partitions.contains { partitions.contains(topic.topicId, $0) } }
    }

    /// Takes away what the member is not subscribed to any more, without looking at the target.
    private func dropUnsubscribed(_ member: ConsumerMember) -> ConsumerMember {
        let subscribed = subscribedTopicIds(member)
        var dropped = PartitionEpochs()
        var next = member
        for (topic, partitions) in member.assigned.topics where !subscribed.contains(topic) {
            dropped[topic] = partitions
            next.assigned[topic] = [:]
        }
        guard !dropped.isEmpty else { return member }
        var revoking = member.revoking
        revoking.add(dropped)
        next.advance(to: member.memberEpoch)
        if owns(anyOf: revoking) {
            next.state = .unrevokedPartitions
            next.revoking = revoking
        }
        return next
    }

    private func reconcile(_ member: ConsumerMember, epoch: Int32) -> ConsumerMember {
        let subscribed = subscribedTopicIds(member)
        var kept = PartitionEpochs()
        var revoking = PartitionEpochs()
        var added = PartitionEpochs()
        var isWaiting = false
        var wanted: [Uuid: Set<Int32>] = [:]
        for topic in target.topics where subscribed.contains(topic.topicId) {
            wanted[topic.topicId, default: []].formUnion(topic.partitions)
        }
        for topic in Set(wanted.keys).union(member.assigned.topics.keys) {
            let target = wanted[topic] ?? []
            let current = member.assigned[topic]
            kept[topic] = current.filter { target.contains($0.key) }
            revoking[topic] = current.filter { !target.contains($0.key) }
            for partition in target where current[partition] == nil {
                // What the member itself is giving up is as good as free for it.
                if group.isOwned(topic, partition), !member.revoking.contains(topic, partition) {
                    isWaiting = true
                } else {
                    added[topic][partition] = targetEpoch
                }
            }
        }
        var next = member
        next.assigned = kept
        if !revoking.isEmpty && owns(anyOf: revoking) {
            next.advance(to: epoch)
            next.state = .unrevokedPartitions
            next.revoking = revoking
            return next
        }
        next.assigned.add(added)
        next.advance(to: targetEpoch)
        next.state = isWaiting ? .unreleasedPartitions : .stable
        next.revoking = PartitionEpochs()
        return next
    }
}
