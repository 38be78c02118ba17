// ConsumerGroupHeartbeat on a fake clock: the steps that were seen on Apache Kafka 4.3.1.

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

@Suite("Consumer groups")
struct ConsumerHeartbeatTests {
    private func world(_ change: (inout GroupCoordinatorConfig) -> Void = { _ in }) -> ConsumerWorld {
        var topics = FakeTopics()
        topics.add("t", partitions: 4, id: 1)
        topics.add("u", partitions: 2, id: 2)
        var config = GroupCoordinatorConfig()
        change(&config)
        return ConsumerWorld(config: config, topics: topics)
    }

    @Test("the first member has everything at once, the second waits for the interval and for the first")
    func twoMembers() throws {
        let world = world()
        var a = try #require(world.heartbeat(.join("a")))
        #expect(a.errorCode == 0 && a.memberEpoch == 2 && a.heartbeatIntervalMs == 5_000)
        #expect(a.assigned(world.topics) == ["t": [0, 1, 2, 3]])
        // Within the interval nothing is computed: the member is taken in at the epoch of the last assignment.
        var b = try #require(world.heartbeat(.join("b")))
        #expect(b.memberEpoch == 2 && b.assigned(world.topics) == [:])
        #expect(world.group("g")?.stateText == "Assigning")
        world.pass(ms: 1_000)
        b = try #require(world.heartbeat(.beat("b", epoch: 2)))
        #expect(b.memberEpoch == 3 && b.assignment == nil)
        #expect(world.group("g")?.stateText == "Reconciling")
        a = try #require(world.heartbeat(.beat("a", epoch: 2)))
        #expect(a.memberEpoch == 2)
        let kept = try #require(a.assigned(world.topics)?["t"])
        #expect(kept.count == 2)
        let topic = try #require(world.topics.topic(named: "t")).id
        a = try #require(
            world.heartbeat(.beat("a", epoch: 2, owned: [TopicPartitions(topicId: topic, partitions: kept)])))
        #expect(a.memberEpoch == 3)
        b = try #require(world.heartbeat(.beat("b", epoch: 3)))
        #expect(b.assigned(world.topics)?["t"]?.count == 2)
        #expect(world.group("g")?.stateText == "Stable")
    }

    @Test("a member that keeps what it was told to give up is put out after its rebalance timeout")
    func rebalanceTimeout() throws {
        let world = world { $0.consumerAssignmentIntervalMs = 0 }
        _ = world.heartbeat(.join("a", rebalanceTimeoutMs: 2_000))
        _ = world.heartbeat(.join("b"))
        _ = world.heartbeat(.beat("a", epoch: 2))
        world.pass(ms: 1_999)
        #expect(world.group("g")?.members.count == 2)
        world.pass(ms: 1)
        #expect(world.group("g")?.members.keys.sorted() == ["b"])
        let b = try #require(world.heartbeat(.beat("b", epoch: 3)))
        #expect(b.assigned(world.topics) == ["t": [0, 1, 2, 3]])
    }

    @Test("a full group takes nobody, not even for a member that is away, and takes one again when one has left")
    func maxSize() throws {
        let world = world {
            $0.consumerMaxSize = 2
            $0.consumerAssignmentIntervalMs = 0
        }
        #expect(world.heartbeat(.join("a", instanceId: "i"))?.errorCode == 0)
        #expect(world.heartbeat(.join("b"))?.errorCode == 0)
        let refused = try #require(world.heartbeat(.join("c")))
        #expect(refused.errorCode == ErrorCode.groupMaxSizeReached.rawValue)
        #expect(refused.errorMessage == "The consumer group has reached its maximum capacity of 2 members.")
        // Who is a member may join again.
        #expect(world.heartbeat(.join("b"))?.errorCode == 0)
        #expect(world.heartbeat(.beat("a", epoch: -2, instanceId: "i"))?.errorCode == 0)
        #expect(
            world.heartbeat(.join("d", instanceId: "i"))?.errorCode == ErrorCode.groupMaxSizeReached.rawValue)
        world.restart()
        #expect(world.heartbeat(.join("c"))?.errorCode == ErrorCode.groupMaxSizeReached.rawValue)
        #expect(world.heartbeat(.beat("b", epoch: -1))?.errorCode == 0)
        #expect(world.heartbeat(.join("c"))?.errorCode == 0)
        #expect(world.group("g")?.members.keys.sorted() == ["a", "c"])
    }

    @Test("a member that is not heard of is put out after its session timeout")
    func sessionTimeout() {
        let world = world()
        _ = world.heartbeat(.join("a"))
        world.pass(ms: 30_000)
        _ = world.heartbeat(.beat("a", epoch: 2))
        world.pass(ms: 44_999)
        #expect(world.group("g")?.members.count == 1)
        world.pass(ms: 1)
        #expect(world.group("g")?.isEmpty == true)
        #expect(world.group("g")?.groupEpoch == 3)
    }

    @Test("a static member that left for a while finds its partitions, under its new id")
    func staticMember() throws {
        let world = world()
        _ = world.heartbeat(.join("a", instanceId: "i"))
        #expect(
            world.heartbeat(.join("b", instanceId: "i"))?.errorMessage
                == "Static member b with instance id i cannot join the group because the instance id is owned by a member."
        )
        let left = try #require(world.heartbeat(.beat("a", epoch: -2, instanceId: "i")))
        #expect(left.errorCode == 0 && left.memberEpoch == -2)
        let back = try #require(world.heartbeat(.join("b", instanceId: "i")))
        #expect(back.memberEpoch == 2 && back.assigned(world.topics) == ["t": [0, 1, 2, 3]])
        let fenced = try #require(world.heartbeat(.beat("a", epoch: 2, instanceId: "i")))
        #expect(fenced.errorCode == ErrorCode.fencedInstanceId.rawValue)
        #expect(fenced.errorMessage == "Static member a with instance id i was fenced by member b.")
    }

    @Test("a member that changes its instance id has the new one alone, and others may take the old one")
    func changedInstanceId() throws {
        let world = world { $0.consumerAssignmentIntervalMs = 0 }
        _ = world.heartbeat(.join("a", instanceId: "i0"))
        for count in 1...3 {
            #expect(world.heartbeat(.join("a", instanceId: "i\(count)"))?.errorCode == 0)
        }
        let group = try #require(world.group("g"))
        #expect(group.staticMembers == ["i3": "a"])
        #expect(world.heartbeat(.join("b", instanceId: "i1"))?.errorCode == 0)
        #expect(world.heartbeat(.join("a", instanceId: "i4"))?.errorCode == 0)
        #expect(group.staticMembers == ["i1": "b", "i4": "a"])
        world.restart()
        #expect(world.group("g")?.staticMembers == ["i1": "b", "i4": "a"])
    }

    @Test("a static member that left for a while has its session timeout to come back, even if it was giving up")
    func staticMemberThatLeavesWhileItGivesUp() throws {
        let world = world { $0.consumerAssignmentIntervalMs = 0 }
        _ = world.heartbeat(.join("a", instanceId: "i", rebalanceTimeoutMs: 2_000))
        _ = world.heartbeat(.join("b"))
        _ = world.heartbeat(.beat("a", epoch: 2, instanceId: "i"))
        #expect(world.group("g")?.members["a"]?.state == .unrevokedPartitions)
        #expect(world.heartbeat(.beat("a", epoch: -2, instanceId: "i"))?.errorCode == 0)
        world.pass(ms: 20_000)
        #expect(world.group("g")?.members.keys.sorted() == ["a", "b"])
        world.pass(ms: 10_000)
        _ = world.heartbeat(.beat("b", epoch: 3))
        world.pass(ms: 14_999)
        #expect(world.group("g")?.members.keys.sorted() == ["a", "b"])
        world.pass(ms: 1)
        #expect(world.group("g")?.members.keys.sorted() == ["b"])
    }

    @Test("a regular expression is resolved after the answer, and followed when topics appear")
    func regex() throws {
        let world = world()
        var a = try #require(world.heartbeat(.join("a", topics: nil, regex: "t|u.*")))
        #expect(a.memberEpoch == 1 && a.assigned(world.topics) == [:])
        #expect(world.group("g")?.groupEpoch == 2)
        a = try #require(world.heartbeat(.beat("a", epoch: 1)))
        #expect(a.memberEpoch == 2 && a.assigned(world.topics) == ["t": [0, 1, 2, 3], "u": [0, 1]])
        // What was resolved is recorded with the metadata log's offset at which the topics were so.
        let resolved = world.log.compactMap { record -> Int64? in
            if case .consumerGroupRegularExpression(_, let value) = record { value?.version } else { nil }
        }
        #expect(resolved == [world.topics.metadataVersion])
        var topics = world.topics
        topics.add("under", partitions: 1, id: 3)
        world.change(topics: topics)
        // The regular expressions of a group rest for ten seconds.
        world.pass(ms: 9_000)
        _ = world.heartbeat(.beat("a", epoch: 2))
        #expect(world.group("g")?.groupEpoch == 2)
        world.pass(ms: 1_001)
        _ = world.heartbeat(.beat("a", epoch: 2))
        a = try #require(world.heartbeat(.beat("a", epoch: 2)))
        #expect(a.memberEpoch == 3 && a.assigned(world.topics)?["under"] == [0])
    }

    @Test("a member whose regular expression is not resolved yet is not given what the others are subscribed to")
    func regexOfTheOneThatBringsTheTarget() throws {
        let world = world()
        _ = world.heartbeat(.join("a", topics: nil, regex: "t"))
        world.pass(ms: 1_000)
        _ = world.heartbeat(.beat("a", epoch: 1))
        _ = world.heartbeat(.join("b", topics: []))
        _ = world.heartbeat(.beat("b", epoch: -1))
        // The group that b left is given its assignment with the heartbeat in which c comes.
        world.pass(ms: 1_000)
        let c = try #require(world.heartbeat(.join("c", topics: nil, regex: "nothing")))
        #expect(c.assigned(world.topics) == [:])
        #expect(world.group("g")?.targets["c"]?.isEmpty ?? true)
        #expect(world.group("g")?.targets["a"]?.topics.flatMap(\.partitions) == [0, 1, 2, 3])
        #expect(world.group("g")?.assignmentEpoch == world.group("g")?.groupEpoch)
    }

    @Test("what a member had before its regular expression matched nothing goes to the others")
    func regexThatMatchesNothingAnyMore() throws {
        let world = world()
        var consumers = ["a", "b"].map { SimulatedConsumer(memberId: $0, topics: [], regex: "t") }
        func settle() throws {
            for round in 0..<10 {
                world.pass(ms: 1_000)
                for index in consumers.indices {
                    let request = consumers[index].request(saysOwned: round > 0)
                    #expect(consumers[index].take(try #require(world.heartbeat(request))))
                }
            }
        }
        try settle()
        #expect(consumers.map(\.owned.count) == [2, 2])
        consumers[1].regex = "nothing"
        consumers[1].mustTellAll = true
        // The regular expressions of a group rest for ten seconds: it is resolved after some heartbeats.
        try settle()
        try settle()
        #expect(consumers.map(\.owned.count) == [4, 0])
    }

    @Test("a topic that grows changes the group's hash and with it the assignment")
    func growingTopic() throws {
        let world = world { $0.consumerAssignmentIntervalMs = 0 }
        _ = world.heartbeat(.join("a"))
        let before = world.group("g")?.metadataHash
        var topics = world.topics
        topics.topics[0].partitionCount = 6
        world.change(topics: topics)
        let a = try #require(world.heartbeat(.beat("a", epoch: 2)))
        #expect(a.memberEpoch == 3 && a.assigned(world.topics) == ["t": [0, 1, 2, 3, 4, 5]])
        #expect(world.group("g")?.metadataHash != before)
    }

    @Test("a heartbeat whose answer was lost may come with the epoch before, if the member has no more than it should")
    func lostAnswer() throws {
        let world = world { $0.consumerAssignmentIntervalMs = 0 }
        _ = world.heartbeat(.join("a"))
        var topics = world.topics
        topics.topics[0].partitionCount = 5
        world.change(topics: topics)
        _ = world.heartbeat(.beat("a", epoch: 2))
        let topic = topics.topics[0].id
        let again = world.heartbeat(.beat("a", epoch: 2, owned: [TopicPartitions(topicId: topic, partitions: [0, 4])]))
        #expect(again?.memberEpoch == 3)
        let stranger = world.heartbeat(.beat("a", epoch: 2, owned: [TopicPartitions(topicId: topic, partitions: [5])]))
        #expect(stranger?.errorCode == ErrorCode.fencedMemberEpoch.rawValue)
        #expect(
            world.heartbeat(.beat("a", epoch: 9))?.errorMessage
                == "The consumer group member has a greater member epoch (9) than the one known by the group coordinator "
                + "(3). The member must abandon all its partitions and rejoin.")
    }

    @Test("an answer is not given, and nothing is changed, when the log takes no records")
    func logFails() {
        let world = world()
        world.appendError = .notLeaderOrFollower
        #expect(world.heartbeat(.join("a")) == nil)
        #expect(world.failures.values.contains(.notLeaderOrFollower))
        #expect(world.group("g") == nil && !world.timers.keys.contains { "\($0)".contains("consumerSession") })
        world.appendError = .none
        #expect(world.heartbeat(.join("a"))?.memberEpoch == 2)
    }

    @Test("a group's own settings count within the broker's bounds")
    func settings() {
        let world = world()
        var topics = world.topics
        topics.settings = ["consumer.heartbeat.interval.ms": "7000", "consumer.session.timeout.ms": "1"]
        world.change(topics: topics)
        #expect(world.heartbeat(.join("a"))?.heartbeatIntervalMs == 7_000)
        world.pass(ms: 44_999)
        #expect(world.group("g")?.members.count == 1)
    }

    @Test("the interval between assignments lies within the broker's bounds, whoever set it")
    func assignmentInterval() {
        for (ofBroker, ofGroup, takesMs) in [
            (1_000, nil, 2_000), (9_000, nil, 5_000), (3_000, nil, 3_000), (3_000, "1", 2_000), (3_000, "4000", 4_000),
            (3_000, "60000", 5_000),
        ] as [(Int32, String?, Int64)] {
            let world = world {
                $0.consumerMinAssignmentIntervalMs = 2_000
                $0.consumerMaxAssignmentIntervalMs = 5_000
                $0.consumerAssignmentIntervalMs = ofBroker
            }
            var topics = world.topics
            if let ofGroup { topics.settings = ["consumer.assignment.interval.ms": ofGroup] }
            world.change(topics: topics)
            _ = world.heartbeat(.join("a"))
            _ = world.heartbeat(.join("b"))
            world.pass(ms: takesMs - 1)
            #expect(world.heartbeat(.beat("b", epoch: 2))?.memberEpoch == 2)
            world.pass(ms: 1)
            #expect(world.heartbeat(.beat("b", epoch: 2))?.memberEpoch == 3)
        }
    }

    @Test("the group has the hash that Kafka computed for the same topics")
    func metadataHash() throws {
        let t1 = GroupTopic(id: try #require(Uuid("aJVB4hsVSCebVO_1ZUunug")), name: "t1", partitionCount: 4)
        let t2 = GroupTopic(id: try #require(Uuid("MbA4SdBNSzuronK05834EQ")), name: "t2", partitionCount: 2)
        let hashes = [t2, t1].map { (name: $0.name, hash: MetadataHash.topic($0) { _ in [] }) }
        #expect(MetadataHash.group(hashes) == 310_314_091_539_276_591)
        #expect(MetadataHash.group([hashes[1]]) == -8_348_645_902_488_949_428)
        #expect(MetadataHash.group([]) == 0)
    }
}
