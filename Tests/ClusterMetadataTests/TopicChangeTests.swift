import KafkaMessages
import KafkaWire
import Testing

@testable import ClusterMetadata

@Suite struct TopicChangeTests {
    // MARK: DeleteTopics

    @Test func aTopicIsDeletedByNameOrById() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("a", configs: ["retention.ms": "5"]))
        try bench.create(ControllerBench.topic("b"))
        let id = try #require(bench.state.topics["b"]?.id)
        let answers = try bench.delete(names: ["a"], ids: [id])
        #expect(answers.map(\.errorCode) == [0, 0])
        #expect(Set(answers.map(\.name)) == ["a", "b"])
        #expect(bench.state.topics.isEmpty && bench.state.topics.partitionCount == 0)
        #expect(bench.state.configurations[.topic("a")].isEmpty, "its settings go with it")
        #expect(Set(bench.delta.deletedTopics.map(\.name)) == ["a", "b"])
    }

    @Test func whatIsNotThereIsSaidByNameAndById() throws {
        var bench = try ControllerBench()
        let answers = try bench.delete(names: ["gone"], ids: [Uuid(mostSignificantBits: 9, leastSignificantBits: 9)])
        #expect(
            Set(answers.map { ErrorCode(rawValue: $0.errorCode) }) == [.unknownTopicOrPartition, .unknownTopicId])
    }

    @Test func aTopicThatIsNamedTwiceStays() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("a"))
        let id = try #require(bench.state.topics["a"]?.id)
        #expect(try bench.delete(names: ["a", "a"]).map(\.errorMessage) == ["Duplicate topic name."])
        #expect(try bench.delete(ids: [id, id]).map(\.errorMessage) == ["Duplicate topic id."])
        #expect(
            try bench.delete(names: ["a"], ids: [id]).map(\.errorMessage)
                == ["The provided topic name maps to an ID that was already supplied."])
        #expect(bench.state.topics.contains("a"))
    }

    @Test func deletionCanBeForbidden() throws {
        var bench = try ControllerBench(["delete.topic.enable": "false"])
        try bench.create(ControllerBench.topic("a"))
        #expect(throws: ApiError(.topicDeletionDisabled, "Topic deletion is disabled.")) {
            _ = try bench.delete(names: ["a"])
        }
        #expect(throws: ApiError(.invalidRequest, "Topic deletion is disabled.")) {
            _ = try bench.delete(names: ["a"], version: 2)
        }
    }

    // MARK: CreatePartitions

    @Test func partitionsAreAddedBehindThoseThatAreThere() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t", partitions: 2))
        let before = try #require(bench.state.topics["t"])
        #expect(try bench.addPartitions("t", upTo: 5).code == .none)
        let after = try #require(bench.state.topics["t"])
        #expect(after.id == before.id && after.partitionCount == 5)
        #expect(Array(after.partitions[..<2]) == before.partitions)
        #expect(after.partitions[2...].allSatisfy { $0.leader == 1 && $0.leaderEpoch == 0 && $0.isr == [1] })
        #expect(bench.delta.changedPartitions.map(\.number).sorted() == [2, 3, 4])
    }

    @Test func partitionsAreNeverTakenAway() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t", partitions: 3))
        #expect(
            try bench.addPartitions("t", upTo: 3)
                == ApiError(.invalidPartitions, "Topic already has 3 partition(s)."))
        #expect(
            try bench.addPartitions("t", upTo: 2)
                == ApiError(
                    .invalidPartitions, "The topic t currently has 3 partition(s); 2 would not be an increase."))
        #expect(try bench.addPartitions("t", upTo: -1).code == .invalidPartitions)
        #expect(try bench.addPartitions("gone", upTo: 4).code == .unknownTopicOrPartition)
        #expect(try bench.addPartitions("t", upTo: .max).code != .none)
        #expect(bench.state.topics.partitionCount == 3)
    }

    @Test func newPartitionsMayNameTheirReplicas() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        #expect(try bench.addPartitions("t", upTo: 3, assignments: [[1]]).code == .invalidReplicaAssignment)
        #expect(try bench.addPartitions("t", upTo: 2, assignments: [[2]]).code == .invalidReplicaAssignment)
        #expect(try bench.addPartitions("t", upTo: 3, assignments: [[1], [1]]).code == .none)
        #expect(bench.state.topics["t"]?.partitionCount == 3)
    }

    // MARK: The broker comes and goes

    @Test func everyStartLeadsInANewEpoch() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t", partitions: 2))
        try bench.apply(bench.replication.beginControlledShutdown(epoch: 5))
        let stopped = try #require(bench.state.topics["t"]?.partition(0))
        #expect(!stopped.hasLeader && stopped.leaderEpoch == 1)
        #expect(stopped.isr.isEmpty && stopped.elr == [1] && stopped.lastKnownElr == [1])
        try bench.apply(bench.replication.fence(epoch: 5))
        #expect(bench.state.cluster.unfencedBrokers.isEmpty)

        try bench.apply(bench.replication.registerBroker(epoch: 40, endpoints: [], rack: nil))
        try bench.apply(bench.replication.unfence(epoch: 40))
        let again = try #require(bench.state.topics["t"]?.partition(0))
        #expect(again.leader == 1 && again.leaderEpoch == 2 && again.isr == [1])
        #expect(again.elr.isEmpty && again.lastKnownElr.isEmpty)
        #expect(bench.state.cluster.unfencedBrokers.map(\.id) == [1])

        // After a crash nobody gave anything up, and the epoch is a new one all the same.
        try bench.apply(bench.replication.registerBroker(epoch: 80, endpoints: [], rack: nil))
        try bench.apply(bench.replication.unfence(epoch: 80))
        #expect(bench.state.topics["t"]?.partition(0)?.leaderEpoch == 3)
    }

    @Test func whatAnotherNodeLeadsStaysWithIt() throws {
        var bench = try ControllerBench()
        try bench.register(broker: 2, fenced: false)
        try bench.create(ControllerBench.topic("t", partitions: -1, assignments: [0: [2, 1], 1: [2, 1]]))
        let before = try #require(bench.state.topics["t"])
        try bench.apply(bench.replication.registerBroker(epoch: 40, endpoints: [], rack: nil))
        try bench.apply(bench.replication.unfence(epoch: 40))
        #expect(bench.state.topics["t"] == before)
    }

    @Test func aChangeOfABrokerThatIsNotRegisteredIsDamage() throws {
        var bench = try ControllerBench()
        #expect(throws: MetadataReplayError.self) { try bench.apply(bench.replication.fence(epoch: 6)) }
    }
}
