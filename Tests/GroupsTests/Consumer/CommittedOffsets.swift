// What a group's members committed, held against what the shard knows: no commit is lost, nor taken from who is fenced.

import KafkaWire

@testable import Groups

/// Commits through the shard and its log, by a chance of its own, so that a history is the same with and without it.
struct CommittedOffsets {
    private struct Place: Hashable {
        let topic: String
        let partition: Int32
    }

    private var random: SeededGenerator
    private var expected: [Place: Int64] = [:]
    private(set) var accepted = 0
    private(set) var refused = 0

    init(seed: UInt64) { random = SeededGenerator(state: seed &* 31 &+ 7) }

    /// Whether it is time for a commit.
    mutating func isDue() -> Bool { Int.random(in: 0..<3, using: &random) == 0 }

    mutating func choose<Choice>(_ choices: some Collection<Choice>) -> Choice? {
        choices.randomElement(using: &random)
    }

    /// A commit by somebody who believes to own the partition; gives what is wrong with the answer.
    mutating func commit(
        _ world: ConsumerWorld, topic: String, partition: Int32, memberId: String, epoch: Int32, instanceId: String?
    ) -> String? {
        let isLogBroken = Int.random(in: 0..<8, using: &random) == 0
        let offset = Int64.random(in: 0..<1_000_000, using: &random)
        world.appendError = isLogBroken ? .notLeaderOrFollower : .none
        let error = world.commit(
            offset, topic: topic, partition: partition, memberId: memberId, epoch: epoch, instanceId: instanceId)
        world.appendError = .none
        guard error == .none else {
            refused += 1
            return nil
        }
        accepted += 1
        expected[Place(topic: topic, partition: partition)] = offset
        if isLogBroken { return "a commit was accepted that is not in the log" }
        guard let group = world.group("g") else { return nil }
        guard let member = group.members[memberId] else { return "a stranger's commit was accepted" }
        return member.memberEpoch < epoch ? "a commit of an epoch to come was accepted" : nil
    }

    /// What was committed and is not there as it was committed.
    func lost(in world: ConsumerWorld) -> [String] {
        expected.compactMap { place, offset in
            let found = world.committed(topic: place.topic, partition: place.partition)
            return found == offset ? nil : "\(place.topic)-\(place.partition): \(found) in place of \(offset)"
        }
    }
}
