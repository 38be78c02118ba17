// Committed offsets: simple groups, expiry, deletion, transactions, restarts.

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

@Suite struct OffsetTests {
    @Test func whoeverIsNobodysMemberMayMakeAGroupByCommitting() {
        let driver = ShardDriver()
        #expect(driver.commit(42) == .none)
        #expect(driver.committed() == 42)
        #expect(driver.state() == "Empty")
        #expect(driver.commit(43, memberId: "stranger", generation: 3) == .unknownMemberId)
        #expect(driver.commit(44, memberId: "stranger", generation: 3, group: "none") == .groupIdNotFound)
        #expect(driver.committed() == 42)
    }

    @Test func nothingIsCommittedThatTheLogDoesNotTake() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        driver.appendError = .notCoordinator
        #expect(driver.commit(2) == .notCoordinator)
        #expect(driver.committed() == 1)
    }

    @Test func offsetsOfASimpleGroupExpireAndTheGroupWithThem() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        let day: Int64 = 24 * 60 * 60 * 1_000
        driver.advance(byMs: 6 * day)
        #expect(driver.commit(2, partition: 1) == .none)
        driver.advance(byMs: day + 600_000)
        #expect(driver.committed() == -1)
        #expect(driver.committed(partition: 1) == 2)
        #expect(driver.state() == "Empty")
        driver.advance(byMs: 6 * day)
        #expect(driver.committed(partition: 1) == -1)
        #expect(driver.state() == "Dead")
        driver.restart()
        #expect(driver.shard.groupCount == 0)
    }

    @Test func deletedGroupsAreGoneAfterARestart() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        let token = driver.ask { shard, token, _ in shard.deleteGroups(["g", "none"], token: token) }
        guard case .deleteGroups(let results) = driver.reply(token) else {
            Issue.record("no answer")
            return
        }
        #expect(results.map(\.groupId) == ["g", "none"])
        #expect(results.map(\.errorCode) == [0, ErrorCode.groupIdNotFound.rawValue])
        driver.restart()
        #expect(driver.committed() == -1)
        #expect(driver.shard.groupCount == 0)
    }

    @Test func offsetsOfDeletedTopicsGo() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        _ = driver.ask { shard, _, now in shard.topicsChanged(to: FixedTopics([:]), deleted: ["t"], nowMs: now) }
        #expect(driver.committed() == -1)
    }

    @Test func offsetsOfTopicsDeletedWhileTheShardIsLoadedGoOnceItIs() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        driver.restart { shard, now in
            // Deleted and made again before the record of the old topic's offset was read.
            _ = shard.topicsChanged(to: FixedTopics([:]), deleted: ["t"], nowMs: now)
            _ = shard.topicsChanged(to: FixedTopics(["t": 4]), deleted: [], nowMs: now)
        }
        #expect(driver.committed() == -1)
        driver.restart()
        #expect(driver.committed() == -1, "the log has it too")
    }

    @Test func noBatchIsLargerThanALogTakesHoweverManyOffsetsGo() {
        let driver = ShardDriver(topics: ["t": 300])
        let group = String(repeating: "g", count: 5_000)
        for partition in 0..<Int32(300) { #expect(driver.commit(1, partition: partition, group: group) == .none) }
        _ = driver.ask { shard, _, now in shard.topicsChanged(to: FixedTopics([:]), deleted: ["t"], nowMs: now) }
        #expect(driver.largestBatchBytes < 300_000)
        #expect(!driver.shard.offsets.hasOffsets(group: group))
    }

    @Test func offsetsExpireLaterWhenTheLogTakesNothingAtTheTime() {
        let driver = ShardDriver()
        #expect(driver.commit(1) == .none)
        driver.appendError = .notCoordinator
        let day: Int64 = 24 * 60 * 60 * 1_000
        driver.advance(byMs: 8 * day)
        #expect(driver.committed() == 1)
        driver.appendError = .none
        driver.advance(byMs: 600_000)
        #expect(driver.committed() == -1)
    }

    private func offset(_ value: Int64) -> GroupRecord {
        CommittedOffset(
            offset: value, leaderEpoch: -1, commitTimestampMs: 0, expireTimestampMs: -1, metadata: "", topicId: .zero
        ).record(group: "g", topic: "t", partition: 0)
    }

    @Test func aTransactionsOffsetsHoldWhenItCommits() {
        let driver = ShardDriver()
        driver.shard.apply(offset(1))
        driver.shard.apply(offset(2), producerId: 9)
        #expect(driver.committed() == 1)
        var request = OffsetFetchRequest.OffsetFetchRequestGroup()
        request.groupId = "g"
        request.topics = nil
        let pending = driver.shard.fetchOffsets(request, requireStable: true)
        #expect(pending.topics.first?.partitions.first?.errorCode == ErrorCode.unstableOffsetCommit.rawValue)
        driver.shard.applyEndOfTransaction(producerId: 9, isCommitted: true)
        #expect(driver.committed() == 2)
        driver.shard.apply(offset(3), producerId: 9)
        driver.shard.applyEndOfTransaction(producerId: 9, isCommitted: false)
        #expect(driver.committed() == 2)
    }

    @Test func aGroupThatOnlyATransactionHasOffsetsOfIsKeptUntilThatEnds() {
        let driver = ShardDriver()
        driver.shard.apply(offset(2), producerId: 9)
        // The group is there and empty, without an offset that holds.
        driver.shard.apply(offset(1))
        driver.shard.apply(.offsetTombstone(group: "g", topic: "t", partition: 0))
        driver.shard.apply(offset(3), producerId: 9)
        #expect(driver.shard.groupCount == 1)
        driver.advance(byMs: 1_200_000)
        #expect(driver.shard.groupCount == 1)
        driver.shard.applyEndOfTransaction(producerId: 9, isCommitted: false)
        driver.advance(byMs: 1_200_000)
        #expect(driver.shard.groupCount == 0)
    }

    /// The answers to a fetch of partition 0 of the topic by this id.
    private func fetched(_ driver: ShardDriver, id: Uuid) -> OffsetFetchResponse.OffsetFetchResponsePartitions? {
        var topic = OffsetFetchRequest.OffsetFetchRequestTopics()
        topic.name = "t"
        topic.topicId = id
        topic.partitionIndexes = [0]
        var request = OffsetFetchRequest.OffsetFetchRequestGroup()
        request.groupId = "g"
        request.topics = [topic]
        return driver.shard.fetchOffsets(request, requireStable: false).topics.first?.partitions.first
    }

    @Test func anOffsetOfAnotherTopicWithTheNameIsNone() {
        let driver = ShardDriver()
        let old = Uuid(mostSignificantBits: 8, leastSignificantBits: 8)
        let new = Uuid(mostSignificantBits: 9, leastSignificantBits: 9)
        driver.shard.apply(
            CommittedOffset(
                offset: 5, leaderEpoch: 3, commitTimestampMs: 0, expireTimestampMs: -1, metadata: "m", topicId: old
            ).record(group: "g", topic: "t", partition: 0))
        #expect(fetched(driver, id: old)?.committedOffset == 5)
        let none = fetched(driver, id: new)
        #expect(none?.committedOffset == -1 && none?.committedLeaderEpoch == -1)
        #expect(none?.metadata == "" && none?.errorCode == 0)
        // Clients that name topics by name alone do not say which they mean.
        #expect(fetched(driver, id: .zero)?.committedOffset == 5)
        // Nor does an offset that was committed without an id.
        driver.shard.apply(offset(6))
        #expect(fetched(driver, id: new)?.committedOffset == 6)
    }

    @Test func aCommitAfterATransactionsIsNotOverwrittenByIt() {
        let driver = ShardDriver()
        driver.shard.apply(offset(2), producerId: 9)
        driver.shard.apply(offset(5))
        driver.shard.applyEndOfTransaction(producerId: 9, isCommitted: true)
        #expect(driver.committed() == 5)
        driver.shard.apply(offset(6), producerId: 1)
        driver.shard.apply(offset(7), producerId: 2)
        driver.shard.applyEndOfTransaction(producerId: 2, isCommitted: true)
        driver.shard.applyEndOfTransaction(producerId: 1, isCommitted: true)
        #expect(driver.committed() == 7)
    }

    @Test func groupsFallOnKafkasPartitions() {
        // `Math.abs("…".hashCode())` modulo the count, by Java.
        #expect(JavaHash.hashCode("") == 0)
        #expect(JavaHash.hashCode("hello") == 99_162_322)
        #expect(JavaHash.hashCode("polygenelubricants") == .min)
        #expect(JavaHash.partition(of: "hello", count: 50) == 22)
        #expect(JavaHash.partition(of: "polygenelubricants", count: 50) == 0)
        // Where Kafka 4.3.1 put them; the hashes of the first two are negative.
        #expect(JavaHash.partition(of: "classic-group", count: 3) == 0)
        #expect(JavaHash.partition(of: "classic-group-of-kafka", count: 3) == 0)
        #expect(JavaHash.partition(of: "consumer-group", count: 3) == 1)
        #expect(JavaHash.partition(of: "in-transactions", count: 3) == 2)
    }
}
