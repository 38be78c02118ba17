import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Testing

@testable import ClusterMetadata

@Suite struct MetadataStoreTests {
    // MARK: The first start

    @Test func aFirstStartFormatsAsKafkasToolDoes() throws {
        let node = MetadataNode()
        let store = try node.start()
        #expect(store.isNew && store.nodeId == 1 && Uuid(store.clusterId) != nil)
        try node.stop()
        #expect(
            try node.names("/data") == [
                ".kafka_cleanshutdown", "__cluster_metadata-0", "bootstrap.checkpoint",
                "log-start-offset-checkpoint", "meta.properties", "recovery-point-offset-checkpoint",
                "replication-offset-checkpoint",
            ])
        let names = try node.names(node.logPath)
        #expect(names.contains("00000000000000000000-0000000000.checkpoint"))
        #expect(names.contains("quorum-state") && names.contains("00000000000000000000.log"))
        #expect(
            String(decoding: try node.bytes(FilePath.join(node.logPath, "partition.metadata")), as: UTF8.self)
                == "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ")
        #expect(
            String(decoding: try node.bytes(FilePath.join(node.logPath, "quorum-state")), as: UTF8.self)
                == #"{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
        )
        let meta = String(decoding: try node.bytes("/data/meta.properties"), as: UTF8.self)
        let lines = Set(meta.split(separator: "\n").map(String.init))
        #expect(lines.isSuperset(of: ["version=1", "node.id=1", "cluster.id=\(store.clusterId)"]))
        #expect(lines.contains { $0.hasPrefix("directory.id=") })
    }

    @Test func aNewClusterHasKafkasFeaturesAndItsOneBroker() throws {
        let node = MetadataNode()
        let image = try node.start().image
        #expect(image.features == Dictionary(uniqueKeysWithValues: ClusterFeature.initial.map { ($0.name, $0.level) }))
        let broker = try #require(image.broker)
        #expect(!broker.isFenced && broker.endpoints.map(\.port) == [9092] && broker.logDirs.count == 1)
        #expect(image.cluster.controllers.keys.sorted() == [1])
        #expect(image.configurations[.allBrokers]["min.insync.replicas"] == "1")
        try node.stop()
    }

    @Test func theClusterIdCanBeChosenOnce() throws {
        let node = MetadataNode()
        #expect(try node.open(clusterId: "mine").clusterId == "mine")
        try node.stop()
        #expect(throws: MetadataStoreError.self) { try node.open(clusterId: "other") }
        #expect(try node.open(clusterId: "mine").isNew == false)
        try node.stop()
    }

    @Test func anotherNodesDirectoryIsRefused() throws {
        let node = MetadataNode()
        try node.start()
        try node.stop()
        let other = MetadataNode(keys: ["node.id": "7"], fileSystem: node.fileSystem)
        #expect(throws: MetadataStoreError.self) { try other.open() }
        // Where nobody set a number, the directory's counts.
        let any = MetadataNode(fileSystem: node.fileSystem)
        #expect(try any.open().nodeId == 1)
        try any.stop()
    }

    @Test func directoriesOfTwoClustersAreRefused() throws {
        let fileSystem = SimulatedFileSystem(seed: 1)
        for path in ["/one", "/two"] {
            let node = MetadataNode(paths: [path], fileSystem: fileSystem)
            try node.start()
            try node.stop()
        }
        #expect(throws: MetadataStoreError.self) {
            try MetadataNode(paths: ["/one", "/two"], fileSystem: fileSystem).open()
        }
    }

    @Test func aDirectoryThatIsAddedBelongsToTheCluster() async throws {
        let node = MetadataNode(paths: ["/one"])
        let id = try node.start().clusterId
        #expect(try await node.create(ControllerBench.topic("t")).errorCode == 0)
        try node.stop()
        let more = MetadataNode(paths: ["/one", "/two"], fileSystem: node.fileSystem)
        let store = try more.start()
        #expect(store.clusterId == id && store.image.topics.contains("t") && store.image.broker?.logDirs.count == 2)
        try more.stop()
        let meta = String(decoding: try more.bytes("/two/meta.properties"), as: UTF8.self)
        #expect(meta.contains("cluster.id=\(id)"))
    }

    @Test func aMetadataLogThatWasTakenAwayIsNotMadeUpFor() async throws {
        let node = MetadataNode()
        try node.start()
        #expect(try await node.create(ControllerBench.topic("t")).errorCode == 0)
        try node.stop()
        try node.fileSystem.removeFile("/data/meta.properties")
        #expect(throws: MetadataStoreError.self) { try node.open() }
        #expect(try node.names("/data").contains("__cluster_metadata-0"))
    }

    @Test func theMetadataMayHaveADirectoryOfItsOwn() async throws {
        let node = MetadataNode(paths: ["/logs"], metadataPath: "/meta")
        try node.start()
        #expect(try await node.create(ControllerBench.topic("t")).errorCode == 0)
        try node.stop()
        #expect(try node.names("/meta").contains("__cluster_metadata-0"))
        #expect(try !node.names("/logs").contains("__cluster_metadata-0"))
        #expect(try node.start().image.topics.contains("t"))
        try node.stop()
    }

    // MARK: Restarts

    @Test(arguments: [true, false])
    func aRestartFindsEverything(inOrder: Bool) async throws {
        let node = MetadataNode()
        let id = try node.start().clusterId
        let made = try await node.create(
            ControllerBench.topic("a", partitions: 3, configs: ["retention.ms": "12345"]))
        #expect(try await node.create(ControllerBench.topic("gone")).errorCode == 0)
        #expect(try await node.delete("gone") == .none)
        #expect(try await node.allocateProducerIds().firstId == 0)
        if inOrder { try node.stop() } else { node.crash(.power) }

        let store = try node.start()
        #expect(!store.isNew && store.clusterId == id)
        let topic = try #require(store.image.topic("a"))
        #expect(topic.id == made.topicId && topic.partitionCount == 3)
        #expect(topic.partitions.allSatisfy { $0.leader == 1 && $0.isr == [1] })
        #expect(store.image.settings(ofTopic: "a") == ["retention.ms": "12345"])
        #expect(store.image.topic("gone") == nil)
        #expect(try await node.allocateProducerIds().firstId == 1000)
        try node.stop()
    }

    @Test func eachStartIsANewEpochAndANewRegistration() throws {
        let node = MetadataNode()
        var epochs: [Int32] = []
        var registrations: [Int64] = []
        for _ in 0..<4 {
            let store = try node.start()
            epochs.append(store.image.state.epoch)
            registrations.append(try #require(store.image.broker).epoch)
            try node.stop()
        }
        #expect(epochs == [1, 2, 3, 4])
        #expect(registrations == registrations.sorted() && Set(registrations).count == 4)
    }

    @Test func theImageIsWhatTheLogSays() async throws {
        let node = MetadataNode()
        try node.start()
        for number in 0..<20 {
            #expect(try await node.create(ControllerBench.topic("t\(number)", partitions: 2)).errorCode == 0)
        }
        for number in stride(from: 0, to: 20, by: 3) { #expect(try await node.delete("t\(number)") == .none) }
        _ = try await node.allocateProducerIds()
        let image = try node.image
        node.crash(.power)
        #expect(try node.replayed() == image.state)
    }

    @Test func requestsOfOneMomentShareASync() async throws {
        let node = MetadataNode()
        let store = try node.start()
        _ = try await node.create(ControllerBench.topic("first"))
        let before = node.fileSystem.callCount
        let codes = await withTaskGroup(of: Int16?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    var request = CreateTopicsRequest()
                    request.topics = [ControllerBench.topic("t\(number)")]
                    let result = await withCheckedContinuation { done in
                        store.controller.createTopics(request) { done.resume(returning: $0) }
                    }
                    return (try? result.get())?.topics.first?.errorCode
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: 0, count: 200))
        #expect(store.image.topics.count == 201)
        #expect(node.fileSystem.callCount - before < 400, "a write and a sync each would be 400 calls and more")
        try node.stop()
    }

    @Test func nothingIsTakenAfterTheStop() async throws {
        let node = MetadataNode()
        let store = try node.start()
        try node.stop()
        let result = await withCheckedContinuation { done in
            store.controller.allocateProducerIds { done.resume(returning: $0) }
        }
        #expect(throws: ApiError(.brokerNotAvailable)) { try result.get() }
    }

    @Test func aDiskThatFailsIsAStorageErrorAndNothingIsPublished() async throws {
        let node = MetadataNode()
        let store = try node.start()
        #expect(try await node.create(ControllerBench.topic("kept")).errorCode == 0)
        let (failures, report) = AsyncStream.makeStream(of: String.self)
        store.controller.onFailure { report.yield($0.description) }
        node.fileSystem.failSync(number: 1)
        await #expect(throws: ApiError.self) { _ = try await node.create(ControllerBench.topic("lost")) }
        #expect(store.image.topic("lost") == nil && store.image.topic("kept") != nil)
        var reports = failures.makeAsyncIterator()
        #expect(await reports.next()?.isEmpty == false)
        await #expect(throws: ApiError.self) { _ = try await node.create(ControllerBench.topic("later")) }
        node.crash(.process)
    }
}
