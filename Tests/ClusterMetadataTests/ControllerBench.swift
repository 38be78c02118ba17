// What the tests of decisions have in common: a state without a disk, and a controller's decisions applied to it.

import Configuration
import KafkaMessages
import KafkaWire
import Testing

@testable import ClusterMetadata

/// A cluster of node 1 in memory. Every decision's records are replayed at once, and kept.
struct ControllerBench {
    private(set) var state = MetadataState()
    var settings: ControllerSettings
    private(set) var records: [MetadataRecord] = []
    /// What the last `apply` changed.
    private(set) var delta = MetadataDelta()

    static let directory = Uuid(mostSignificantBits: 7, leastSignificantBits: 7)

    /// A cluster with Kafka's features whose one broker takes part.
    init(_ keys: [String: String] = [:], directories: [Uuid] = [directory], isFenced: Bool = false) throws {
        let given = keys.map { ConfigSetting($0.key, $0.value, from: .argument("test")) }
        settings = ControllerSettings(
            nodeId: 1, clusterId: "test", configuration: try BrokerConfiguration(given), logDirectoryIds: directories)
        try apply(
            ClusterFeature.initial.map { feature in
                var record = FeatureLevelRecord()
                record.name = feature.name
                record.featureLevel = feature.level
                return .featureLevel(record)
            })
        try apply(replication.registerBroker(epoch: 5, endpoints: [], rack: nil))
        if !isFenced { try apply(replication.unfence(epoch: 5)) }
    }

    var replication: ReplicationControl { ReplicationControl(state: state, settings: settings) }
    var configuration: ConfigurationControl { ConfigurationControl(state: state, settings: settings) }

    mutating func apply(_ new: [MetadataRecord]) throws {
        delta = MetadataDelta()
        for record in new { try state.replay(record, delta: &delta) }
        records += new
    }

    /// Another broker's registration, left in the log by somebody.
    mutating func register(broker: Int32, fenced: Bool) throws {
        var record = RegisterBrokerRecord()
        record.brokerId = broker
        record.brokerEpoch = 1
        record.fenced = fenced
        try apply([.registerBroker(record)])
    }

    // MARK: Requests

    typealias NewTopic = CreateTopicsRequest.CreatableTopic

    static func topic(
        _ name: String, partitions: Int32 = 1, factor: Int16 = -1, configs: KeyValuePairs<String, String?> = [:],
        assignments: KeyValuePairs<Int32, [Int32]> = [:]
    ) -> NewTopic {
        var topic = NewTopic()
        topic.name = name
        topic.numPartitions = partitions
        topic.replicationFactor = factor
        topic.configs = configs.map { config in
            var entry = CreateTopicsRequest.CreatableTopicConfig()
            entry.name = config.key
            entry.value = config.value
            return entry
        }
        topic.assignments = assignments.map { assignment in
            var entry = CreateTopicsRequest.CreatableReplicaAssignment()
            entry.partitionIndex = assignment.key
            entry.brokerIds = assignment.value
            return entry
        }
        return topic
    }

    @discardableResult
    mutating func create(
        _ topics: NewTopic..., validateOnly: Bool = false
    ) throws -> [CreateTopicsResponse.CreatableTopicResult] {
        var request = CreateTopicsRequest()
        request.topics = topics
        request.validateOnly = validateOnly
        let result = replication.createTopics(request)
        try apply(result.records)
        return result.answer.topics
    }

    /// Makes one topic and expects it to be refused; the code and Kafka's message.
    mutating func refusal(_ topic: NewTopic) throws -> ApiError {
        let before = records.count
        let answer = try #require(try create(topic).first)
        #expect(records.count == before, "a refused topic leaves no record")
        return ApiError(ErrorCode(rawValue: answer.errorCode), answer.errorMessage)
    }

    mutating func delete(
        names: [String] = [], ids: [Uuid] = [], version: Int16 = 6
    ) throws -> [DeleteTopicsResponse.DeletableTopicResult] {
        var request = DeleteTopicsRequest()
        request.topics = names.map { name in
            var topic = DeleteTopicsRequest.DeleteTopicState()
            topic.name = name
            return topic
        }
        request.topics += ids.map { id in
            var topic = DeleteTopicsRequest.DeleteTopicState()
            topic.name = nil
            topic.topicId = id
            return topic
        }
        let result = try replication.deleteTopics(request, version: version)
        try apply(result.records)
        return result.answer.responses
    }

    mutating func addPartitions(
        _ name: String, upTo count: Int32, assignments: [[Int32]]? = nil
    ) throws -> ApiError {
        var topic = CreatePartitionsRequest.CreatePartitionsTopic()
        topic.name = name
        topic.count = count
        topic.assignments = assignments.map { lists in
            lists.map { brokers in
                var assignment = CreatePartitionsRequest.CreatePartitionsAssignment()
                assignment.brokerIds = brokers
                return assignment
            }
        }
        var request = CreatePartitionsRequest()
        request.topics = [topic]
        let result = replication.createPartitions(request)
        try apply(result.records)
        let answer = try #require(result.answer.results.first)
        return ApiError(ErrorCode(rawValue: answer.errorCode), answer.errorMessage)
    }

    enum Change {
        case set(String, String?)
        case delete(String)
        case append(String, String)
        case subtract(String, String)
    }

    mutating func alter(_ resource: ConfigResource, _ changes: Change...) throws -> ApiError {
        var entry = IncrementalAlterConfigsRequest.AlterConfigsResource()
        entry.resourceType = resource.type
        entry.resourceName = resource.name
        entry.configs = changes.map { change in
            var config = IncrementalAlterConfigsRequest.AlterableConfig()
            switch change {
            case .set(let name, let value): (config.name, config.configOperation, config.value) = (name, 0, value)
            case .delete(let name): (config.name, config.configOperation, config.value) = (name, 1, nil)
            case .append(let name, let value): (config.name, config.configOperation, config.value) = (name, 2, value)
            case .subtract(let name, let value): (config.name, config.configOperation, config.value) = (name, 3, value)
            }
            return config
        }
        var request = IncrementalAlterConfigsRequest()
        request.resources = [entry]
        let result = configuration.incrementalAlterConfigs(request)
        try apply(result.records)
        let answer = try #require(result.answer.responses.first)
        return ApiError(ErrorCode(rawValue: answer.errorCode), answer.errorMessage)
    }
}
