import KafkaMessages
import KafkaWire
import Testing

@testable import ClusterMetadata

@Suite struct TopicCreationTests {
    @Test func aTopicIsOneRecordAndOneForEachPartition() throws {
        var bench = try ControllerBench()
        let before = bench.records.count
        let answer = try #require(try bench.create(ControllerBench.topic("t", partitions: 3, factor: 1)).first)
        #expect(answer.errorCode == 0 && answer.numPartitions == 3 && answer.replicationFactor == 1)
        let records = Array(bench.records[before...])
        #expect(records.count == 4)
        guard case .topic(let topic) = records[0] else { return #expect(Bool(false), "the topic comes first") }
        #expect(topic.name == "t" && topic.topicId == answer.topicId)
        for (number, record) in records.dropFirst().enumerated() {
            guard case .partition(let partition) = record else { return #expect(Bool(false), "\(record)") }
            #expect(partition.partitionId == Int32(number) && partition.topicId == topic.topicId)
            #expect(partition.replicas == [1] && partition.isr == [1] && partition.leader == 1)
            #expect(partition.leaderEpoch == 0 && partition.partitionEpoch == 0)
            #expect(partition.directories == [ControllerBench.directory])
        }
        let image = try #require(bench.state.topics["t"])
        #expect(image.id == answer.topicId && image.partitionCount == 3 && bench.state.topics.partitionCount == 3)
        #expect(bench.delta.createdTopics == [answer.topicId] && bench.delta.changedPartitions.count == 3)
    }

    /// KIP-516
    @Test func anIdIsNeitherReservedNorUsedAgain() throws {
        var bench = try ControllerBench()
        var ids: Set<Uuid> = []
        for round in 0..<200 {
            let answer = try #require(try bench.create(ControllerBench.topic("t")).first)
            let id = answer.topicId
            #expect(!DirectoryId.isReserved(id) && id != .zero && !id.description.hasPrefix("-"))
            #expect(Uuid(id.description) == id)
            #expect(ids.insert(id).inserted, "round \(round)")
            _ = try bench.delete(names: ["t"])
        }
    }

    @Test(arguments: [
        ("", "Topic name is invalid: the empty string is not allowed"),
        (".", "Topic name is invalid: '.' is not allowed"),
        ("..", "Topic name is invalid: '..' is not allowed"),
        (
            "a b",
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
        (
            "grün",
            "Topic name is invalid: 'grün' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
    ])
    func aNameThatCannotBeOneIsRefused(name: String, message: String) throws {
        var bench = try ControllerBench()
        #expect(try bench.refusal(ControllerBench.topic(name)) == ApiError(.invalidTopicException, message))
    }

    @Test func aNameHasUpTo249Characters() throws {
        var bench = try ControllerBench()
        #expect(try bench.create(ControllerBench.topic(String(repeating: "x", count: 249))).first?.errorCode == 0)
        let refused = try bench.refusal(ControllerBench.topic(String(repeating: "x", count: 250)))
        #expect(refused.code == .invalidTopicException && refused.message?.hasSuffix("max allowed length 249") == true)
    }

    @Test func aNameIsTakenOnce() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        #expect(
            try bench.refusal(ControllerBench.topic("t")) == ApiError(.topicAlreadyExists, "Topic 't' already exists."))
    }

    @Test func aDotAndAnUnderscoreAreOneCharacterToMetrics() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("a.b_c"))
        for name in ["a_b.c", "a.b.c", "a_b_c"] {
            #expect(
                try bench.refusal(ControllerBench.topic(name))
                    == ApiError(.invalidTopicException, "Topic '\(name)' collides with existing topic: a.b_c"))
        }
        #expect(try bench.create(ControllerBench.topic("a-b-c")).first?.errorCode == 0)
        // With the topic its name is free again, for the others too.
        _ = try bench.delete(names: ["a.b_c"])
        #expect(try bench.create(ControllerBench.topic("a_b.c")).first?.errorCode == 0)
    }

    @Test func aNameThatIsThereTwiceIsRefusedOnceAndTheOthersAreMade() throws {
        var bench = try ControllerBench()
        let answers = try bench.create(
            ControllerBench.topic("twice"), ControllerBench.topic("once"), ControllerBench.topic("twice"),
            ControllerBench.topic("__cluster_metadata"))
        #expect(answers.map(\.name) == ["once", "twice", "__cluster_metadata"])
        #expect(
            answers.map { ErrorCode(rawValue: $0.errorCode) } == [.none, .invalidRequest, .invalidRequest])
        #expect(answers[1].errorMessage == "Duplicate topic name.")
        #expect(answers[2].errorMessage == "Creation of internal topic __cluster_metadata is prohibited.")
        #expect(Array(bench.state.topics.names) == ["once"])
    }

    @Test func onlyLookingLeavesNothing() throws {
        var bench = try ControllerBench()
        let before = bench.state
        let answers = try bench.create(ControllerBench.topic("t", partitions: 2), validateOnly: true)
        #expect(answers.first?.errorCode == 0 && answers.first?.numPartitions == 2)
        #expect(bench.state == before)
    }

    // MARK: Numbers

    @Test func theBrokersDefaultsCountWhereTheRequestHasNone() throws {
        var bench = try ControllerBench(["num.partitions": "5"])
        let answer = try #require(try bench.create(ControllerBench.topic("t", partitions: -1, factor: -1)).first)
        #expect(answer.numPartitions == 5 && answer.replicationFactor == 1)
    }

    @Test(arguments: [
        (
            Int32(0), Int16(1), ErrorCode.invalidPartitions,
            "Number of partitions was set to an invalid non-positive value."
        ),
        (-2, 1, .invalidPartitions, "Number of partitions was set to an invalid non-positive value."),
        (1, 0, .invalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value."),
        (1, -2, .invalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value."),
        (
            1, 2, .invalidReplicationFactor,
            "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only "
                + "1 broker(s) are registered or some brokers have all their log directories cordoned."
        ),
    ])
    func numbersThatCannotBeAreRefused(
        partitions: Int32, factor: Int16, code: ErrorCode, message: String
    ) throws {
        var bench = try ControllerBench()
        #expect(
            try bench.refusal(ControllerBench.topic("t", partitions: partitions, factor: factor))
                == ApiError(code, message))
    }

    @Test(arguments: [Int32(10_001), .max])
    func tooManyPartitionsRefuseTheWholeRequest(count: Int32) throws {
        var bench = try ControllerBench()
        let answers = try bench.create(
            ControllerBench.topic("small"), ControllerBench.topic("large", partitions: count))
        #expect(answers.map(\.errorCode) == [ErrorCode.policyViolation.rawValue, ErrorCode.policyViolation.rawValue])
        #expect(bench.state.topics.isEmpty)
    }

    @Test func noRecordIsMadeWhileTheOneBrokerIsFenced() throws {
        var bench = try ControllerBench(isFenced: true)
        #expect(
            try bench.refusal(ControllerBench.topic("t", partitions: 1, factor: 1)).code == .invalidReplicationFactor)
    }

    // MARK: Assignments by hand

    @Test func replicasMayBeNamed() throws {
        var bench = try ControllerBench()
        try bench.register(broker: 2, fenced: false)
        let answers = try bench.create(
            ControllerBench.topic("t", partitions: -1, assignments: [1: [1, 2], 0: [2, 1]]))
        #expect(answers.first?.errorCode == 0 && answers.first?.replicationFactor == 2)
        let topic = try #require(bench.state.topics["t"])
        #expect(topic.partitions.map(\.replicas) == [[2, 1], [1, 2]])
        #expect(topic.partitions.map(\.leader) == [2, 1])
    }

    @Test func aFencedReplicaIsNotInSync() throws {
        var bench = try ControllerBench()
        try bench.register(broker: 2, fenced: true)
        try bench.create(ControllerBench.topic("t", partitions: -1, assignments: [0: [2, 1]]))
        let partition = try #require(bench.state.topics["t"]?.partition(0))
        #expect(partition.replicas == [2, 1] && partition.isr == [1] && partition.leader == 1)
    }

    @Test func assignmentsThatContradictThemselvesAreRefused() throws {
        var bench = try ControllerBench()
        let start = "The manual partition assignment includes "
        let cases: [(ControllerBench.NewTopic, ErrorCode, String)] = [
            (
                ControllerBench.topic("t", partitions: 1, assignments: [0: [1]]), .invalidRequest,
                "A manual partition assignment was specified, but numPartitions was not set to -1."
            ),
            (
                ControllerBench.topic("t", partitions: -1, factor: 1, assignments: [0: [1]]), .invalidRequest,
                "A manual partition assignment was specified, but replication factor was not set to -1."
            ),
            (
                ControllerBench.topic("t", partitions: -1, assignments: [0: [9]]), .invalidReplicaAssignment,
                start + "broker 9, but no such broker is registered."
            ),
            (
                ControllerBench.topic("t", partitions: -1, assignments: [0: [1, 1]]), .invalidReplicaAssignment,
                start + "the broker 1 more than once."
            ),
            (
                ControllerBench.topic("t", partitions: -1, assignments: [0: []]), .invalidReplicaAssignment,
                start + "an empty replica list."
            ),
            (
                ControllerBench.topic("t", partitions: -1, assignments: [0: [1], 2: [1]]), .invalidReplicaAssignment,
                "partitions should be a consecutive 0-based integer sequence"
            ),
            (
                ControllerBench.topic("t", partitions: -1, assignments: [0: [1], 0: [1]]), .invalidReplicaAssignment,
                "Found multiple manual partition assignments for partition 0"
            ),
        ]
        for (topic, code, message) in cases {
            #expect(try bench.refusal(topic) == ApiError(code, message))
        }
    }

    // MARK: Log directories

    @Test func newPartitionsGoToTheDirectoryWithTheFewest() throws {
        let ids = (1...3).map { Uuid(mostSignificantBits: 1 << 40, leastSignificantBits: $0) }
        var bench = try ControllerBench(directories: ids)
        try bench.create(ControllerBench.topic("a", partitions: 4))
        try bench.create(ControllerBench.topic("b", partitions: 5))
        var counts: [Uuid: Int] = [:]
        for topic in bench.state.topics.all {
            for partition in topic.partitions { counts[partition.directories[0], default: 0] += 1 }
        }
        #expect(counts == [ids[0]: 3, ids[1]: 3, ids[2]: 3])
    }
}
