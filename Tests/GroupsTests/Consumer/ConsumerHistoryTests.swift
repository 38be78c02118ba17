// Random histories of consumer groups: members come, go, crash and change their minds, topics change, the log fails,
// the broker restarts. What must never happen does not, and what must come in the end comes.

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// One group's life.
struct ConsumerHistory {
    var random: SeededGenerator
    var world: ConsumerWorld
    var consumers: [SimulatedConsumer] = []
    var born = 0
    var groupEpoch: Int32 = 0
    var faults: [String] = []
    var offsets: CommittedOffsets

    init(seed: UInt64) {
        random = SeededGenerator(state: seed)
        offsets = CommittedOffsets(seed: seed)
        var topics = FakeTopics()
        topics.add("t0", partitions: 3, id: 100)
        topics.add("t1", partitions: 5, id: 101)
        var config = GroupCoordinatorConfig()
        config.consumerAssignmentIntervalMs = Bool.random(using: &random) ? 0 : 1_000
        world = ConsumerWorld(config: config, topics: topics)
    }

    mutating func live(steps: Int) {
        for _ in 0..<steps where faults.isEmpty {
            step()
            check()
            if offsets.isDue() { commit() }
            faults += offsets.lost(in: world)
        }
        if faults.isEmpty { settle() }
        faults += offsets.lost(in: world)
    }

    /// Somebody commits for something that it believes to have, or for something that it does not read.
    private mutating func commit() {
        guard let consumer = offsets.choose(consumers), consumer.epoch > 0 else { return }
        let own = offsets.choose(
            consumer.owned.sorted { ($0.topic.description, $0.partition) < ($1.topic.description, $1.partition) })
        let topic = own.map { world.topics.topic(id: $0.topic)?.name } ?? offsets.choose(world.topics.topicNames)
        guard let topic else { return }
        let fault = offsets.commit(
            world, topic: topic, partition: own?.partition ?? 0, memberId: consumer.memberId, epoch: consumer.epoch,
            instanceId: consumer.instanceId)
        if let fault { faults.append(fault) }
    }

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<10: join()
        case 10..<60: heartbeat()
        case 60..<65: leave()
        case 65..<68: if let index = someone() { consumers.remove(at: index) }
        case 68..<72: changeSubscription()
        case 72..<76: changeTopics()
        case 76..<92: world.pass(ms: Int64.random(in: 1...1_500, using: &random))
        case 92..<95: world.pass(ms: Int64.random(in: 1_000...50_000, using: &random))
        case 95..<98: restart()
        default:
            world.appendError = .notLeaderOrFollower
            heartbeat()
            world.appendError = .none
        }
    }

    private mutating func someone() -> Int? {
        consumers.isEmpty ? nil : Int.random(in: 0..<consumers.count, using: &random)
    }

    private mutating func subscription() -> ([String]?, String?) {
        let names = world.topics.topicNames.filter { _ in Bool.random(using: &random) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return ([], ["t.*", "t[01]", "nothing"].randomElement(using: &random))
        case 1: return (names, ["t.*", ""].randomElement(using: &random))
        default: return (names, "")
        }
    }

    private mutating func join() {
        guard consumers.count < 8 else { return }
        born += 1
        var consumer = SimulatedConsumer(memberId: "m\(born)")
        (consumer.topics, consumer.regex) = subscription()
        if Int.random(in: 0..<3, using: &random) == 0 {
            consumer.instanceId = "i\(Int.random(in: 0..<4, using: &random))"
        }
        consumers.append(consumer)
        heartbeat(consumers.count - 1)
    }

    private mutating func heartbeat() {
        if let index = someone() { heartbeat(index) }
    }

    private mutating func heartbeat(_ index: Int) {
        let request = consumers[index].request(saysOwned: Bool.random(using: &random))
        guard let response = world.heartbeat(request) else {
            consumers[index].mustTellAll = true
            return
        }
        if !consumers[index].take(response) { consumers.remove(at: index) }
    }

    private mutating func leave() {
        guard let index = someone() else { return }
        let consumer = consumers[index]
        let isForAWhile = consumer.instanceId != nil && Bool.random(using: &random)
        _ = world.heartbeat(
            .beat(consumer.memberId, epoch: isForAWhile ? -2 : -1, instanceId: consumer.instanceId))
        consumers.remove(at: index)
    }

    private mutating func changeSubscription() {
        guard let index = someone() else { return }
        (consumers[index].topics, consumers[index].regex) = subscription()
        consumers[index].mustTellAll = true
        heartbeat(index)
    }

    private mutating func changeTopics() {
        var topics = world.topics
        let index = Int.random(in: 0..<topics.topics.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: topics.topics[index].partitionCount += 1
        case 1 where topics.topics.count > 1: topics.topics.remove(at: index)
        default:
            let id = UInt64(born &+ 1_000 &+ topics.topics.count)
            let name = "t\(Int.random(in: 0..<6, using: &random))"
            if topics.topic(named: name) == nil {
                topics.add(name, partitions: 2, id: id &* 7_919 &+ random.next() % 97)
            }
        }
        world.change(topics: topics)
    }

    /// What was read from the log is what was in memory.
    private mutating func restart() {
        let before = world.group("g")
        world.restart()
        let after = world.group("g")
        if before?.members != after?.members { faults.append("members differ after a restart") }
        if before?.targets != after?.targets { faults.append("targets differ after a restart") }
        if before?.groupEpoch != after?.groupEpoch || before?.assignmentEpoch != after?.assignmentEpoch {
            faults.append("epochs differ after a restart")
        }
        if before?.subscriptions != after?.subscriptions { faults.append("subscriptions differ after a restart") }
        if before?.owners != after?.owners { faults.append("owners differ after a restart") }
    }

    /// What assignors are handed is what the members and the targets say, in order.
    private mutating func checkRoster(of group: ConsumerGroup) {
        let entries = group.roster.entries
        if entries.map(\.spec.memberId) != group.members.keys.sorted() { faults.append("the roster has other members") }
        for entry in entries {
            let spec = entry.spec
            let member = group.members[spec.memberId]
            let isSame =
                spec.target == group.targets[spec.memberId] && spec.assignment == spec.target ?? Assignment()
                && spec.instanceId == member?.instanceId && spec.rackId == member?.rackId
                && entry.topicNames == member?.topicNames && entry.regex == member?.regex
                && spec.javaHash == spec.memberId.javaHash
            if !isSame { faults.append("the roster knows \(spec.memberId) as it was") }
        }
        // Topics that are looked up anew are those that are remembered.
        let remembered = world.shard.memberSpecs(of: group).map(\.subscribedTopicIds)
        for (entry, ids) in zip(group.roster.entries, remembered) {
            let names = group.subscribedTopics(names: entry.topicNames, regex: entry.regex)
            if ids != names.compactMap({ world.shard.topics.topic(named: $0)?.id }) {
                faults.append("the roster knows the topics of \(entry.spec.memberId) as they were")
            }
        }
    }

    private mutating func check() {
        guard let group = world.group("g") else { return }
        if group.groupEpoch < groupEpoch { faults.append("the group's epoch went back") }
        groupEpoch = group.groupEpoch
        checkRoster(of: group)
        // Those that the group does not know any more have not heard of it yet; nothing that they do counts.
        let known = consumers.indices.filter { index in
            group.members[consumers[index].memberId].map { $0.memberEpoch >= 0 } ?? false && consumers[index].epoch > 0
        }
        var owners: [SimulatedConsumer.Partition: String] = [:]
        for index in known {
            let consumer = consumers[index]
            if consumer.epoch < consumer.highestEpoch { faults.append("\(consumer.memberId)'s epoch went back") }
            consumers[index].highestEpoch = consumer.epoch
            for partition in consumer.owned {
                if let other = owners.updateValue(consumer.memberId, forKey: partition) {
                    faults.append("\(partition) has two owners: \(other) and \(consumer.memberId)")
                }
            }
        }
        checkCommits(group)
    }

    /// Members may commit for what they have, and those that were put out may not.
    private mutating func checkCommits(_ group: ConsumerGroup) {
        for consumer in consumers where consumer.epoch > 0 {
            let error = group.checkOffsetCommit(
                memberId: consumer.memberId, groupInstanceId: consumer.instanceId, generation: consumer.epoch,
                isTransactional: false, apiVersion: 10)
            guard let member = group.members[consumer.memberId] else {
                if error != .unknownMemberId, !group.isEmpty { faults.append("a stranger may commit") }
                continue
            }
            // The answer with a newer epoch may have been lost: what it had before is still its own.
            guard member.memberEpoch >= consumer.epoch, error == .none else { continue }
            for partition in consumer.owned where member.assigned.contains(partition.topic, partition.partition) {
                let refusal = group.checkOffsetCommit(
                    memberId: consumer.memberId, generation: consumer.epoch, topicId: partition.topic,
                    partition: partition.partition)
                if refusal != .none { faults.append("\(consumer.memberId) may not commit for what it has") }
            }
        }
    }

    private mutating func settle() {
        for _ in 0..<40 {
            world.pass(ms: 3_000)
            for index in consumers.indices.reversed() {
                guard let response = world.heartbeat(consumers[index].request(saysOwned: true)) else { continue }
                if !consumers[index].take(response) { consumers.remove(at: index) }
            }
            check()
        }
        guard let group = world.group("g"), !consumers.isEmpty else { return }
        guard group.stateText == "Stable" else { return faults.append("the group does not settle: \(group.stateText)") }
        var owned: Set<SimulatedConsumer.Partition> = []
        for consumer in consumers { owned.formUnion(consumer.owned) }
        for topic in world.topics.topics where group.subscriptions[topic.name] != nil {
            for partition in 0..<Int32(topic.partitionCount) {
                if !owned.contains(.init(topic: topic.id, partition: partition)) {
                    faults.append("nobody has \(topic.name)-\(partition)")
                }
            }
        }
    }
}

@Suite("Histories of consumer groups")
struct ConsumerHistoryTests {
    /// A failure names its seed; with the seed alone here it is run again. The last two were found as fresh ones.
    static let seeds: [UInt64] = Array(700..<900) + [6_783_693_768_579_630_199, 3_602_991_023_896_732_828]

    @Test("one owner a partition, epochs never back, restarts that change nothing, and everything owned in the end")
    func histories() {
        var written = 0
        var (accepted, refused) = (0, 0)
        for seed in Self.seeds {
            var history = ConsumerHistory(seed: seed)
            history.live(steps: 60)
            #expect(history.faults.isEmpty, "seed \(seed)")
            written += history.world.log.count
            accepted += history.offsets.accepted
            refused += history.offsets.refused
        }
        #expect(written > 4_000)
        #expect(accepted > 1_000 && refused > 200)
    }

    @Test("a fresh history of each day")
    func fresh() {
        let seed = UInt64.random(in: 0...UInt64.max)
        for next in 0..<50 as Range<UInt64> {
            var history = ConsumerHistory(seed: seed &+ next)
            history.live(steps: 60)
            #expect(history.faults.isEmpty, "seed \(seed &+ next)")
        }
    }
}
