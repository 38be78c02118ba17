// The uniform assignment of a group whose members are all subscribed to the same topics.

import KafkaWire

/// Every member gets the same number of partitions, and some one more when they cannot be shared out evenly: those that
/// have more already, in the members' order, and after them the last ones. What a member has beyond its number is taken
/// away, and goes with what is free to those that have less.
struct UniformHomogeneousAssignment {
    private let spec: GroupSpec
    /// The topics, as Kafka walks through its set of them.
    private let topicIds: [Uuid]
    private let isSubscribed: Set<Uuid>

    private struct Partition {
        let topicId: Uuid
        let partition: Int32
    }

    init(_ spec: GroupSpec) throws(AssignorError) {
        self.spec = spec
        guard let first = spec.walkedMembers.first.map({ spec.members[$0] }) else {
            topicIds = []
            isSubscribed = []
            return
        }
        topicIds = JavaOrder(copyOf: first.subscriptionCount).walk(first.subscribedTopicIds)
        isSubscribed = Set(topicIds)
        for topicId in topicIds where spec.partitionCounts[topicId] == nil {
            throw AssignorError(
                text: "Members are subscribed to topic \(topicId) which doesn't exist in the topic metadata.")
        }
    }

    func compute() throws(AssignorError) -> [Assignment] {
        var assignments = spec.members.map(\.assignment)
        guard !topicIds.isEmpty else { return assignments.map { _ in Assignment() } }
        var free = unassignedPartitions()
        let partitionCount = topicIds.reduce(0) { $0 + (spec.partitionCounts[$1] ?? 0) }
        let (quota, remainder) = partitionCount.quotientAndRemainder(dividingBy: spec.members.count)
        var extra = remainder
        var candidates: [(member: Int, count: Int)] = []
        for member in spec.walkedMembers {
            let had = subscribedCount(of: assignments[member])
            let keepsExtra = extra > 0 && had > quota
            if keepsExtra { extra -= 1 }
            revokeSurplus(of: &assignments[member], room: quota + (keepsExtra ? 1 : 0), into: &free)
            if !keepsExtra { candidates.append((member, min(had, quota))) }
        }
        var next = 0
        for (place, candidate) in candidates.enumerated() {
            let getsExtra = candidates.count - place <= extra
            let end = min(next + quota - candidate.count + (getsExtra ? 1 : 0), free.count)
            fill(&assignments[candidate.member], with: free[next..<end])
            next = end
        }
        if next < free.count { throw AssignorError(text: "Partitions were left unassigned") }
        return assignments
    }

    private func subscribedCount(of assignment: Assignment) -> Int {
        assignment.topics.reduce(0) { $0 + (isSubscribed.contains($1.topicId) ? $1.partitions.count : 0) }
    }

    /// What nobody was meant to have, topic by topic.
    private func unassignedPartitions() -> [Partition] {
        var isAssigned: [Uuid: [Bool]] = [:]
        for topicId in topicIds {
            isAssigned[topicId] = Array(repeating: false, count: spec.partitionCounts[topicId] ?? 0)
        }
        for member in spec.members {
            for topic in member.assignment.topics {
                for partition in topic.partitions {
                    let count = isAssigned[topic.topicId]?.count ?? 0
                    if partition >= 0 && partition < count { isAssigned[topic.topicId]?[Int(partition)] = true }
                }
            }
        }
        var free: [Partition] = []
        for topicId in topicIds {
            for (partition, isTaken) in (isAssigned[topicId] ?? []).enumerated() where !isTaken {
                free.append(Partition(topicId: topicId, partition: Int32(partition)))
            }
        }
        return free
    }

    /// Takes away the topics that nobody is subscribed to any more, and what is more than `room`.
    private func revokeSurplus(of assignment: inout Assignment, room: Int, into free: inout [Partition]) {
        var room = room
        var kept: [TopicPartitions] = []
        var isChanged = false
        for var topic in assignment.walked {
            guard isSubscribed.contains(topic.topicId) else {
                isChanged = true
                continue
            }
            if topic.partitions.count <= room {
                room -= topic.partitions.count
            } else {
                let partitions = topic.walked
                topic.partitions = Array(partitions[..<room])
                free += partitions[room...].map { Partition(topicId: topic.topicId, partition: $0) }
                isChanged = true
                room = 0
            }
            if !topic.partitions.isEmpty { kept.append(topic) }
        }
        if isChanged { assignment = Assignment(kept) }
    }

    private func fill(_ assignment: inout Assignment, with partitions: ArraySlice<Partition>) {
        guard !partitions.isEmpty else { return }
        var topics = assignment.walked
        var places: [Uuid: Int] = [:]
        for (place, topic) in topics.enumerated() { places[topic.topicId] = place }
        for partition in partitions {
            if let place = places[partition.topicId] {
                topics[place].partitions.append(partition.partition)
            } else {
                places[partition.topicId] = topics.count
                topics.append(TopicPartitions(topicId: partition.topicId, partitions: [partition.partition]))
            }
        }
        let table = JavaOrder(capacity: assignment.topics.count).grown(to: topics.count)
        assignment = Assignment(
            table.walk(topics) { $0.topicId }.map {
                let order = JavaOrder().grown(to: $0.partitions.count)
                return TopicPartitions(topicId: $0.topicId, partitions: order.walk($0.partitions))
            })
    }
}
