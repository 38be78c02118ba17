// Random histories of groups in which members of both protocols are: no partition has two owners, whatever they speak.

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

/// A cooperative classic consumer: it gives up what it is not assigned any more and joins again at once.
struct CooperativeConsumer {
    var client = ClassicConsumer()
    var owned: Set<Int32> = []

    /// Joins and asks for its assignment; false when it is no member any more.
    mutating func rebalance(_ world: ConsumerWorld) -> Bool {
        client.ownedPartitions = owned.sorted()
        let token = client.join(world)
        guard let joined = client.joined(token, world), joined.errorCode == 0 else { return reset() }
        guard let synced = client.sync(world) else { return true }
        if synced.errorCode == ErrorCode.rebalanceInProgress.rawValue { return true }
        guard synced.errorCode == 0, let assigned = ClassicConsumer.partitions(synced.assignment) else {
            return reset()
        }
        owned = Set(assigned)
        return true
    }

    mutating func heartbeat(_ world: ConsumerWorld) -> Bool {
        switch client.heartbeat(world) {
        case ErrorCode.none?: return true
        case .rebalanceInProgress?: return rebalance(world)
        default: return reset()
        }
    }

    private mutating func reset() -> Bool {
        owned = []
        client = ClassicConsumer()
        return false
    }
}

struct MixedHistory {
    var random: SeededGenerator
    let world: ConsumerWorld
    var consumers: [SimulatedConsumer] = []
    var classics: [CooperativeConsumer] = []
    var born = 0
    var faults: [String] = []
    var downgrades = 0
    var offsets: CommittedOffsets

    init(seed: UInt64) {
        random = SeededGenerator(state: seed)
        offsets = CommittedOffsets(seed: seed)
        var topics = FakeTopics()
        topics.add("t", partitions: 6, id: 1)
        var config = GroupCoordinatorConfig()
        config.consumerAssignmentIntervalMs = Bool.random(using: &random) ? 0 : 500
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

    /// Somebody, of whichever protocol, commits for something that it believes to have.
    private mutating func commit() {
        let believers =
            consumers.map { ($0.memberId, $0.epoch, $0.owned.map(\.partition).sorted()) }
            + classics.map { ($0.client.memberId, $0.client.generation, $0.owned.sorted()) }
        guard let (memberId, epoch, owned) = offsets.choose(believers), epoch > 0,
            let partition = offsets.choose(owned)
        else { return }
        let fault = offsets.commit(
            world, topic: "t", partition: partition, memberId: memberId, epoch: epoch, instanceId: nil)
        if let fault { faults.append(fault) }
    }

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8 where consumers.count < 4:
            born += 1
            consumers.append(SimulatedConsumer(memberId: "m\(born)", topics: ["t"]))
            beat(consumers.count - 1)
        case 8..<16 where classics.count < 4 && world.group("g")?.isEmpty == false:
            classics.append(CooperativeConsumer())
            if !classics[classics.count - 1].rebalance(world) { classics.removeLast() }
        case 16..<45: if !consumers.isEmpty { beat(Int.random(in: 0..<consumers.count, using: &random)) }
        case 45..<74: if !classics.isEmpty { beatClassic(Int.random(in: 0..<classics.count, using: &random)) }
        case 74..<79 where !consumers.isEmpty:
            let index = Int.random(in: 0..<consumers.count, using: &random)
            _ = world.heartbeat(.beat(consumers[index].memberId, epoch: -1))
            consumers.remove(at: index)
        case 79..<82 where !consumers.isEmpty: consumers.removeLast()
        case 82..<84 where !classics.isEmpty: classics.removeLast()
        case 84..<96: world.pass(ms: Int64.random(in: 1...2_000, using: &random))
        case 96..<98: world.pass(ms: Int64.random(in: 10_000...50_000, using: &random))
        case 98..<100 where world.group("g") != nil: world.restart()
        default: break
        }
        leaveClassicGroup()
    }

    private mutating func beat(_ index: Int) {
        guard let response = world.heartbeat(consumers[index].request(saysOwned: true)) else { return }
        if !consumers[index].take(response) { consumers.remove(at: index) }
    }

    private mutating func beatClassic(_ index: Int) {
        if !classics[index].heartbeat(world) { classics.remove(at: index) }
    }

    /// When only classic members are left the group is a classic one: its members go, and all begins anew.
    private mutating func leaveClassicGroup() {
        guard case .classic(let group) = world.shard.groups["g"] else { return }
        downgrades += 1
        let known = Set(group.members.keys)
        if !known.isSubset(of: Set(classics.map(\.client.memberId))) { world.pass(ms: 60_000) }
        classics = []
        world.pass(ms: 100_000)
    }

    private mutating func check() {
        guard let group = world.group("g") else { return }
        guard let topic = world.topics.topic(named: "t")?.id else { return }
        var owners: [Int32: String] = [:]
        func own(_ partition: Int32, _ memberId: String, _ faults: inout [String]) {
            if let other = owners.updateValue(memberId, forKey: partition) {
                faults.append("t-\(partition) has two owners: \(other) and \(memberId)")
            }
        }
        for consumer in consumers where group.members[consumer.memberId] != nil && consumer.epoch > 0 {
            for partition in consumer.owned where partition.topic == topic {
                own(partition.partition, consumer.memberId, &faults)
            }
        }
        for classic in classics where group.members[classic.client.memberId] != nil {
            for partition in classic.owned { own(partition, classic.client.memberId, &faults) }
        }
    }

    private mutating func settle() {
        for _ in 0..<40 {
            world.pass(ms: 2_000)
            for index in consumers.indices.reversed() { beat(index) }
            for index in classics.indices.reversed() { beatClassic(index) }
            check()
        }
        guard let group = world.group("g"), !group.isEmpty, !consumers.isEmpty else { return }
        guard group.stateText == "Stable" else { return faults.append("the group does not settle: \(group.stateText)") }
        let owned = consumers.reduce(0) { $0 + $1.owned.count } + classics.reduce(0) { $0 + $1.owned.count }
        if owned != 6 { faults.append("\(owned) of 6 partitions are owned") }
    }
}

@Suite("Histories of groups of both protocols")
struct MixedHistoryTests {
    @Test("one owner a partition, and everything owned in the end")
    func histories() {
        var downgrades = 0
        var (accepted, refused) = (0, 0)
        for seed in 1..<121 as Range<UInt64> {
            var history = MixedHistory(seed: seed)
            history.live(steps: 80)
            #expect(history.faults.isEmpty, "seed \(seed)")
            downgrades += history.downgrades
            accepted += history.offsets.accepted
            refused += history.offsets.refused
        }
        // They did go through what they are about.
        #expect(downgrades > 5)
        #expect(accepted > 500 && refused > 100)
    }
}
