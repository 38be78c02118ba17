// How long offsets are kept: by what kind of group committed them, and by what state the group is in (KIP-211).

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

private let minuteMs: Int64 = 60_000
private let dayMs = 24 * 60 * minuteMs

@Suite("Expiry of offsets")
struct OffsetExpiryTests {
    /// A stable classic group of one member that reads `topics`.
    private func stable(_ driver: ShardDriver, reads topics: [String]) -> String {
        var message = ConsumerProtocolSubscription()
        message.topics = topics
        var writer = WireWriter(reserving: 64)
        writer.writeInt16(0)
        message.encode(to: &writer, version: 0)
        return stable(driver, metadata: writer.finishBytes().withUnsafeBytes { Array($0) })
    }

    private func stable(_ driver: ShardDriver, metadata: [UInt8]) -> String {
        let memberId = driver.newMemberId()
        let token = driver.join(memberId, metadata: metadata, sessionMs: 1_800_000)
        driver.advance(byMs: 1)
        #expect(driver.joined(token)?.generationId == 1)
        _ = driver.synced(driver.sync(memberId, generation: 1, assignments: [memberId: [0]]))
        return memberId
    }

    /// Lets time pass, with a sign of life every twenty minutes.
    private func live(_ driver: ShardDriver, _ memberId: String, forMs ms: Int64) {
        var lost = 0
        for _ in 0..<ms / (20 * minuteMs) {
            driver.advance(byMs: 20 * minuteMs)
            if driver.heartbeat(memberId, generation: 1) != .none { lost += 1 }
        }
        #expect(lost == 0)
    }

    @Test("a stable group keeps what it reads, however old, and what it does not read for the retention")
    func stableGroup() {
        let driver = ShardDriver(topics: ["t": 4, "u": 1])
        let memberId = stable(driver, reads: ["t"])
        #expect(driver.commit(1, memberId: memberId, generation: 1) == .none)
        #expect(driver.commit(2, topic: "u", memberId: memberId, generation: 1) == .none)
        live(driver, memberId, forMs: 7 * dayMs - 20 * minuteMs)
        #expect(driver.committed(topic: "u") == 2)
        live(driver, memberId, forMs: 40 * minuteMs)
        #expect(driver.committed(topic: "u") == -1)
        live(driver, memberId, forMs: 7 * dayMs)
        #expect(driver.committed() == 1 && driver.state() == "Stable")
    }

    @Test("an empty group keeps all for the retention since it is empty, whenever that was committed")
    func emptyGroup() {
        let driver = ShardDriver(topics: ["t": 4, "u": 1])
        let memberId = stable(driver, reads: ["t"])
        #expect(driver.commit(1, memberId: memberId, generation: 1) == .none)
        live(driver, memberId, forMs: 6 * dayMs)
        #expect(driver.leave(memberId) == .none)
        #expect(driver.state() == "Empty")
        driver.restart()
        driver.advance(byMs: 7 * dayMs - 1)
        #expect(driver.committed() == 1)
        // Within the interval between two looks.
        driver.advance(byMs: 10 * minuteMs + 1)
        #expect(driver.committed() == -1 && driver.state() == "Dead")
        driver.restart()
        #expect(driver.shard.groupCount == 0)
    }

    @Test("what an empty group commits is as old as its being empty")
    func commitsOfAnEmptyGroup() {
        let driver = ShardDriver()
        let memberId = stable(driver, reads: ["t"])
        // Without any offset the group would be gone at the first look.
        #expect(driver.commit(2, partition: 1, memberId: memberId, generation: 1) == .none)
        #expect(driver.leave(memberId) == .none)
        driver.advance(byMs: 6 * dayMs)
        #expect(driver.commit(1) == .none)
        driver.advance(byMs: dayMs + 10 * minuteMs)
        #expect(driver.committed() == -1 && driver.state() == "Dead")
    }

    @Test("nothing of a group expires whose members' metadata cannot be read")
    func unreadableGroup() {
        let driver = ShardDriver()
        let memberId = stable(driver, metadata: [1])
        #expect(driver.commit(1, memberId: memberId, generation: 1) == .none)
        live(driver, memberId, forMs: 8 * dayMs)
        #expect(driver.committed() == 1)
    }

    @Test("a consumer group keeps what somebody reads, and the rest for the retention since each commit")
    func consumerGroup() throws {
        var topics = FakeTopics()
        topics.add("t", partitions: 2, id: 1)
        topics.add("u", partitions: 1, id: 2)
        var config = GroupCoordinatorConfig()
        config.consumerSessionTimeoutMs = 60_000 * 60
        config.consumerMaxSessionTimeoutMs = 60_000 * 60
        let world = ConsumerWorld(config: config, topics: topics)
        func live(forMs ms: Int64) {
            var lost = 0
            for _ in 0..<ms / (30 * minuteMs) {
                world.pass(ms: 30 * minuteMs)
                if world.heartbeat(.beat("a", epoch: 2))?.errorCode != 0 { lost += 1 }
            }
            #expect(lost == 0)
        }
        #expect(world.heartbeat(.join("a", topics: ["t"]))?.memberEpoch == 2)
        #expect(world.commit(1, partition: 0, memberId: "a", epoch: 2) == .none)
        #expect(world.commit(2, topic: "u", partition: 0, memberId: "a", epoch: 2) == .none)
        live(forMs: 6 * dayMs)
        #expect(world.commit(3, partition: 1, memberId: "a", epoch: 2) == .none)
        #expect(world.committed(topic: "u", partition: 0) == 2)
        live(forMs: dayMs + 30 * minuteMs)
        #expect(world.committed(topic: "u", partition: 0) == -1)
        #expect(world.committed(partition: 0) == 1)

        // Without members nobody reads it any more: it is as old as its commit, not as the group's being empty.
        #expect(world.heartbeat(.beat("a", epoch: -1))?.errorCode == 0)
        world.pass(ms: 11 * minuteMs)
        #expect(world.committed(partition: 0) == -1)
        #expect(world.committed(partition: 1) == 3)
        #expect(world.group("g")?.isEmpty == true)
        world.restart()
        world.pass(ms: 6 * dayMs)
        #expect(world.committed(partition: 1) == -1 && world.group("g") == nil)
        world.restart()
        #expect(world.group("g") == nil)
    }

    @Test("a consumer group without offsets stays while it has members, and goes when they have")
    func consumerGroupWithoutOffsets() {
        var topics = FakeTopics()
        topics.add("t", partitions: 2, id: 1)
        let world = ConsumerWorld(topics: topics)
        #expect(world.heartbeat(.join("a", instanceId: "i"))?.memberEpoch == 2)
        #expect(world.heartbeat(.beat("a", epoch: -2, instanceId: "i"))?.errorCode == 0)
        world.pass(ms: 30_000)
        #expect(world.group("g")?.members.count == 1)
        world.pass(ms: 11 * minuteMs)
        #expect(world.group("g") == nil)
    }

    @Test("other retentions and other intervals between looks")
    func settings() {
        var config = GroupCoordinatorConfig()
        config.offsetsRetentionMs = minuteMs
        config.offsetsRetentionCheckIntervalMs = 1_000
        let driver = ShardDriver(config: config)
        #expect(driver.commit(1) == .none)
        driver.advance(byMs: 30_000)
        #expect(driver.commit(2, partition: 1) == .none)
        driver.advance(byMs: 29_000)
        #expect(driver.committed() == 1)
        driver.advance(byMs: 2_000)
        #expect(driver.committed() == -1 && driver.committed(partition: 1) == 2)
    }
}
