// The uniform assignment of a group whose members are all subscribed to the same topics.

import KafkaWire

/// Every member gets the same number of partitions, and some one more when they cannot be shared out evenly: those that
/// have more already, in the members' order, and after them the last ones. What a member has beyond its number is taken
/// away, and goes with what is free to those that have less.
struct UniformHomogeneousAssignment {
    private let spec: GroupSpec
    /// The topics, as Kafka walks through its set of them.
    private let topicIds: [Uuid]
    /// Their places in `topicIds`.
    private let places: [Uuid: Int]

    private struct Partition {
        let topicId: Uuid
        let partition: Int32
    }

    init(_ spec: GroupSpec) throws(AssignorError) {
        self.spec = spec
        guard let first = spec.walkedMembers.first.map({ spec.members[$0] }) else {
            topicIds = []
            places = [:]
            return
        }
        topicIds = JavaOrder(copyOf: first.subscriptionCount).walk(first.subscribedTopicIds)
        places = Dictionary(zip(topicIds, topicIds.indices)) { first, _ in first }
        for topicId in topicIds where spec.partitionCounts[topicId] == nil {
            throw AssignorError(
                text: "Members are subscribed to topic \(topicId) which doesn't exist in the topic metadata.")
        }
    }

    func compute() throws(AssignorError) -> [Assignment] {
        guard !topicIds.isEmpty else { return spec.members.map { _ in Assignment() } }
        var (free, holdings) = whatIsHeld()
        let partitionCount = topicIds.reduce(0) { $0 + (spec.partitionCounts[$1] ?? 0) }
        let (quota, remainder) = partitionCount.quotientAndRemainder(dividingBy: spec.members.count)
        var extra = remainder
        var assignments = spec.members.map(\.assignment)
        var candidates: [(member: Int, count: Int)] = []
        candidates.reserveCapacity(holdings.count)
        for member in spec.walkedMembers {
            let had = holdings[member].count
            let keepsExtra = extra > 0 && had > quota
            if keepsExtra { extra -= 1 }
            let room = quota + (keepsExtra ? 1 : 0)
            if had > room || holdings[member].hasOthers {
                revokeSurplus(of: &assignments[member], room: room, into: &free)
            }
            if !keepsExtra { candidates.append((member, min(had, quota))) }
        }
        var next = 0
        for (place, candidate) in candidates.enumerated() {
            let getsExtra = candidates.count - place <= extra
            let end = min(next + quota - candidate.count + (getsExtra ? 1 : 0), free.count)
            if next < end { fill(&assignments[candidate.member], with: free[next..<end]) }
            next = end
        }
        if next < free.count { throw AssignorError(text: "Partitions were left unassigned") }
        return assignments
    }

    /// The place of a topic among those that the members are subscribed to. One topic is what most groups have.
    private func place(of topicId: Uuid) -> Int? {
        if topicIds.count == 1 { return topicIds[0] == topicId ? 0 : nil }
        return places[topicId]
    }

    /// What a member was meant to have until now.
    private struct Holding {
        /// Partitions of the topics that the members are subscribed to.
        var count = 0
        /// Whether there are other topics, too.
        var hasOthers = false
    }

    /// What nobody was meant to have, topic by topic; and how much each member was.
    private func whatIsHeld() -> (free: [Partition], holdings: [Holding]) {
        let counts = topicIds.map { spec.partitionCounts[$0] ?? 0 }
        var starts = [0]
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        var isTaken = Array(repeating: false, count: starts[counts.count])
        let holdings = spec.members.map { member in
            var holding = Holding()
            for topic in member.assignment.topics {
                guard let place = place(of: topic.topicId) else {
                    holding.hasOthers = true
                    continue
                }
                holding.count += topic.partitions.count
                let (start, count) = (starts[place], counts[place])
                for partition in topic.partitions where partition >= 0 && partition < count {
                    isTaken[start + Int(partition)] = true
                }
            }
            return holding
        }
        var free: [Partition] = []
        for place in topicIds.indices {
            for partition in 0..<counts[place] where !isTaken[starts[place] + partition] {
                free.append(Partition(topicId: topicIds[place], partition: Int32(partition)))
            }
        }
        return (free, holdings)
    }

    /// Takes away the topics that nobody is subscribed to any more, and what is more than `room`.
    private func revokeSurplus(of assignment: inout Assignment, room: Int, into free: inout [Partition]) {
        var room = room
        var kept: [TopicPartitions] = []
        var isChanged = false
        for var topic in assignment.walked {
            guard place(of: topic.topicId) != nil else {
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
