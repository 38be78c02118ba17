// The uniform assignment of a group whose members are subscribed to different topics.

import KafkaWire

/// Members keep what they have of what they are still subscribed to. What is free goes, topic by topic, to the
/// subscribers that have least; then partitions are moved from subscribers that have most to those that have least
/// until no topic's subscribers differ by more than one, or a bound on the rounds is reached.
///
/// Members and topics are numbered: members as Kafka walks through its map of them, which breaks ties.
struct UniformHeterogeneousAssignment {
    /// How often the topics are gone through at most: subscriptions that overlap may converge slowly.
    private static let roundLimit = 16

    private let spec: GroupSpec
    /// By member number, the index in `spec.members`.
    private let members: [Int]
    private var topicIds: [Uuid] = []
    private var topicNumbers: [Uuid: Int] = [:]
    /// By topic, the numbers of its members, ascending.
    private var subscribers: [[Int]] = []
    /// By topic and partition, the member that shall have it, -1 for none.
    private var owners: [[Int]] = []
    /// By member, how many partitions it shall have.
    private var loads: [Int]

    init(_ spec: GroupSpec) throws(AssignorError) {
        self.spec = spec
        members = spec.walkedMembers
        loads = Array(repeating: 0, count: members.count)
        for (number, index) in members.enumerated() {
            for topicId in spec.members[index].subscribedTopicIds {
                guard let partitionCount = spec.partitionCounts[topicId] else {
                    throw AssignorError(
                        text: "Members are subscribed to topic \(topicId) which doesn't exist in the topic metadata.")
                }
                if let topic = topicNumbers[topicId] {
                    subscribers[topic].append(number)
                } else {
                    topicNumbers[topicId] = topicIds.count
                    topicIds.append(topicId)
                    subscribers.append([number])
                    owners.append(Array(repeating: -1, count: partitionCount))
                }
            }
        }
    }

    mutating func compute() -> [Assignment] {
        guard !topicIds.isEmpty else { return spec.members.map { _ in Assignment() } }
        keepWhatIsSubscribed()
        assignWhatIsFree()
        balance()
        return assignments()
    }

    private mutating func keepWhatIsSubscribed() {
        for (number, index) in members.enumerated() {
            let member = spec.members[index]
            guard !member.assignment.isEmpty else { continue }
            let subscribed = Set(member.subscribedTopicIds)
            for topic in member.assignment.topics where subscribed.contains(topic.topicId) {
                guard let topicNumber = topicNumbers[topic.topicId] else { continue }
                for partition in topic.partitions where owners[topicNumber].indices.contains(Int(partition)) {
                    owners[topicNumber][Int(partition)] = number
                    loads[number] += 1
                }
            }
        }
    }

    /// The topics with most partitions for a subscriber first, among equals those with fewest subscribers, then by id.
    private func sorted(_ topics: some Sequence<Int>) -> [Int] {
        topics.sorted { left, right in
            let leftShare = Double(owners[left].count) / Double(subscribers[left].count)
            let rightShare = Double(owners[right].count) / Double(subscribers[right].count)
            if leftShare != rightShare { return leftShare > rightShare }
            if subscribers[left].count != subscribers[right].count {
                return subscribers[left].count < subscribers[right].count
            }
            return topicIds[left].precedesInJava(topicIds[right])
        }
    }

    private mutating func assignWhatIsFree() {
        let open = topicIds.indices.filter { owners[$0].contains(-1) }
        for topic in sorted(open) {
            var balance = LoadBalance(subscribers[topic], loads: loads)
            for partition in owners[topic].indices where owners[topic][partition] == -1 {
                let member = balance.nextLeastLoaded(loads: loads)
                owners[topic][partition] = member
                loads[member] += 1
            }
        }
    }

    private mutating func balance() {
        let topics = sorted(topicIds.indices.filter { subscribers[$0].count >= 2 })
        var lastChanged = -1
        for _ in 0..<Self.roundLimit {
            for (place, topic) in topics.enumerated() {
                // Once around without a change.
                if place == lastChanged { return }
                let moved = balance(topic: topic)
                if moved > 0 || lastChanged == -1 { lastChanged = place }
            }
        }
    }

    /// Moves partitions of a topic between its subscribers and says how many.
    private mutating func balance(topic: Int) -> Int {
        var balance = LoadBalance(subscribers[topic], loads: loads)
        guard balance.imbalance > 1 else { return 0 }
        // The topic's partitions by owner, each owner's ascending; the last one is given away first.
        var owned: [Int: [Int]] = [:]
        for (partition, owner) in owners[topic].enumerated() { owned[owner, default: []].append(partition) }
        var moved = 0
        while !balance.isBalanced {
            var giver = balance.nextMostLoaded(loads: loads)
            while let member = giver, owned[member]?.isEmpty ?? true {
                balance.excludeMostLoaded()
                giver = balance.nextMostLoaded(loads: loads)
            }
            guard let giver, let partition = owned[giver]?.popLast() else { break }
            let taker = balance.nextLeastLoaded(loads: loads)
            if balance.isBalanced { break }
            owners[topic][partition] = taker
            loads[giver] -= 1
            loads[taker] += 1
            moved += 1
        }
        return moved
    }

    private func assignments() -> [Assignment] {
        var byMember = [[TopicPartitions]](repeating: [], count: members.count)
        for (topic, topicOwners) in owners.enumerated() {
            for (partition, owner) in topicOwners.enumerated() where owner >= 0 {
                if byMember[owner].last?.topicId != topicIds[topic] {
                    byMember[owner].append(TopicPartitions(topicId: topicIds[topic], partitions: []))
                }
                byMember[owner][byMember[owner].count - 1].partitions.append(Int32(partition))
            }
        }
        var assignments = [Assignment](repeating: Assignment(), count: spec.members.count)
        for (number, index) in members.enumerated() { assignments[index] = Assignment(byMember[number]) }
        return assignments
    }
}
