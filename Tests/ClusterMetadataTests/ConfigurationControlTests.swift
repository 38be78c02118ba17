import KafkaMessages
import KafkaWire
import Testing

@testable import ClusterMetadata

@Suite struct ConfigurationControlTests {
    @Test func settingsOfANewTopicAreRecordsOfTheSameDecision() throws {
        var bench = try ControllerBench()
        let answers = try bench.create(
            ControllerBench.topic(
                "t", configs: ["retention.ms": "1", "cleanup.policy": "compact", "retention.ms": "2"]))
        #expect(bench.state.configurations[.topic("t")] == ["retention.ms": "2", "cleanup.policy": "compact"])
        let described = try #require(answers.first?.configs)
        #expect(described.first { $0.name == "retention.ms" }?.value == "2")
        #expect(described.map(\.name) == described.map(\.name).sorted())
        #expect(bench.delta.changedConfigurations == [.topic("t")])
    }

    private static let impossible: [KeyValuePairs<String, String?>] = [
        ["retention.ms": "soon"], ["no.such.key": "1"], ["segment.bytes": "12"], ["cleanup.policy": "shred"],
        ["retention.ms": nil], ["min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5"],
    ]

    @Test(arguments: impossible)
    func aTopicWithSettingsThatCannotBeIsNotMade(configs: KeyValuePairs<String, String?>) throws {
        var bench = try ControllerBench()
        #expect(try bench.refusal(ControllerBench.topic("t", configs: configs)).code == .invalidConfig)
        #expect(!bench.state.topics.contains("t") && bench.state.configurations[.topic("t")].isEmpty)
    }

    @Test func keysAreSetAndTakenBack() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        #expect(try bench.alter(.topic("t"), .set("retention.ms", "7"), .set("segment.ms", "9")).code == .none)
        #expect(bench.state.configurations[.topic("t")] == ["retention.ms": "7", "segment.ms": "9"])
        #expect(try bench.alter(.topic("t"), .delete("retention.ms")).code == .none)
        #expect(bench.state.configurations[.topic("t")] == ["segment.ms": "9"])
        let count = bench.records.count
        #expect(try bench.alter(.topic("t"), .set("segment.ms", "9")).code == .none)
        #expect(bench.records.count == count, "what is so already is no record")
    }

    @Test func listsGrowAndShrink() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        #expect(try bench.alter(.topic("t"), .append("cleanup.policy", "compact")).code == .none)
        #expect(bench.state.configurations[.topic("t")]["cleanup.policy"] == "delete,compact")
        #expect(try bench.alter(.topic("t"), .subtract("cleanup.policy", "delete")).code == .none)
        #expect(bench.state.configurations[.topic("t")]["cleanup.policy"] == "compact")
        #expect(
            try bench.alter(.topic("t"), .append("retention.ms", "1"))
                == ApiError(.invalidConfig, "Can't APPEND to key retention.ms because its type is not LIST."))
    }

    @Test func aResourceChangesAsAWholeOrNotAtAll() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        #expect(
            try bench.alter(.topic("t"), .set("retention.ms", "7"), .set("segment.bytes", "x")).code == .invalidConfig)
        #expect(bench.state.configurations[.topic("t")].isEmpty)
        #expect(try bench.alter(.topic("t"), .set("retention.ms", nil)).code == .invalidRequest)
        #expect(
            try bench.alter(.topic("t"), .set("retention.ms", "1"), .delete("retention.ms"))
                == ApiError(.invalidRequest, "Error due to duplicate config keys"))
    }

    @Test func onlyWhatIsThereCanBeConfigured() throws {
        var bench = try ControllerBench()
        #expect(
            try bench.alter(.topic("gone"), .set("retention.ms", "7"))
                == ApiError(.unknownTopicOrPartition, "The topic 'gone' does not exist."))
        #expect(try bench.alter(.broker(2), .set("log.cleaner.threads", "2")).code == .invalidRequest)
        #expect(try bench.alter(ConfigResource(.unknown, "x"), .set("a", "b")).code == .invalidRequest)
    }

    @Test func aBrokersOwnSettingsAreCheckedByHowTheyMayChange() throws {
        var bench = try ControllerBench()
        #expect(try bench.alter(.allBrokers, .set("log.cleaner.threads", "2")).code == .none)
        #expect(bench.state.configurations[.allBrokers]["log.cleaner.threads"] == "2")
        let fixed = try bench.alter(.broker(1), .set("node.id", "5"))
        #expect(fixed.code == .invalidRequest && fixed.message?.contains("node.id") == true)
        #expect(try bench.alter(.broker(1), .set("log.cleaner.threads", "many")).code == .invalidRequest)
    }

    /// KIP-966
    @Test func theNumberOfInSyncReplicasIsTheClustersAlone() throws {
        var bench = try ControllerBench()
        #expect(try bench.alter(.allBrokers, .set("min.insync.replicas", "1")).code == .none)
        #expect(
            try bench.alter(.broker(1), .set("min.insync.replicas", "1")).message
                == "Broker-level min.insync.replicas cannot be altered while ELR is enabled.")
        #expect(
            try bench.alter(.allBrokers, .delete("min.insync.replicas")).message
                == "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")
    }

    @Test func aNewNumberOfInSyncReplicasEndsTheEligibleOnes() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t"))
        try bench.create(ControllerBench.topic("other"))
        try bench.apply(bench.replication.beginControlledShutdown(epoch: 5))
        #expect(try bench.alter(.topic("t"), .set("min.insync.replicas", "2")).code == .none)
        #expect(bench.state.topics["t"]?.partition(0)?.elr == [])
        #expect(bench.state.topics["other"]?.partition(0)?.elr == [1])
        #expect(try bench.alter(.allBrokers, .set("min.insync.replicas", "2")).code == .none)
        #expect(bench.state.topics["other"]?.partition(0)?.elr == [])
    }

    @Test func settingsThatADeletedTopicLeftBehindAreTakenBack() throws {
        var bench = try ControllerBench()
        var left = ConfigRecord()
        left.resourceType = ConfigResourceType.topic.rawValue
        left.resourceName = "t"
        left.name = "retention.ms"
        left.value = "1"
        try bench.apply([.config(left)])
        try bench.create(ControllerBench.topic("t", configs: ["segment.ms": "5"]))
        #expect(bench.state.configurations[.topic("t")] == ["segment.ms": "5"])
    }

    @Test func alterConfigsTakesBackWhatItDoesNotName() throws {
        var bench = try ControllerBench()
        try bench.create(ControllerBench.topic("t", configs: ["retention.ms": "1", "segment.ms": "2"]))
        var config = AlterConfigsRequest.AlterableConfig()
        config.name = "segment.ms"
        config.value = "3"
        var resource = AlterConfigsRequest.AlterConfigsResource()
        resource.resourceType = ConfigResourceType.topic.rawValue
        resource.resourceName = "t"
        resource.configs = [config]
        var request = AlterConfigsRequest()
        request.resources = [resource]
        let result = bench.configuration.alterConfigs(request)
        #expect(result.answer.responses.map(\.errorCode) == [0])
        try bench.apply(result.records)
        #expect(bench.state.configurations[.topic("t")] == ["segment.ms": "3"])
    }
}
