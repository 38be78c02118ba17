// Topics that come into being because somebody asks for them. Kafka: `DefaultAutoTopicCreationManager`.

import ClusterMetadata
import Configuration
import KafkaMessages
import KafkaWire
import Synchronization

/// Creates topics on demand, each once however many ask at the same time.
final class AutomaticTopics: Sendable {
    typealias Completion = @Sendable (_ isThere: Bool) -> Void

    private let configuration: BrokerConfiguration
    private let controller: Controller
    private let metadata: MetadataPublisher
    /// The topics that are being created, and who waits for them.
    private let inFlight = Mutex<[String: [Completion]]>([:])

    init(configuration: BrokerConfiguration, store: MetadataStore) {
        self.configuration = configuration
        controller = store.controller
        metadata = store.publisher
    }

    /// Begins to create a topic; nobody waits.
    func create(_ name: String) { create(name) { _ in } }

    /// Has the topic be there before `completion` is called, on any thread.
    func ensure(_ name: String, completion: @escaping Completion) {
        if metadata.current.topic(name) != nil { return completion(true) }
        create(name, completion)
    }

    private func create(_ name: String, _ completion: @escaping Completion) {
        let isFirst = inFlight.withLock { waiting in
            waiting[name, default: []].append(completion)
            return waiting[name]?.count == 1
        }
        guard isFirst else { return }
        var request = CreateTopicsRequest()
        request.topics = [topic(name)]
        controller.createTopics(request) { [self] result in
            let code = (try? result.get())?.topics.first?.errorCode
            let isThere = code == ErrorCode.none.rawValue || code == ErrorCode.topicAlreadyExists.rawValue
            let waiting = inFlight.withLock { $0.removeValue(forKey: name) } ?? []
            for completion in waiting { completion(isThere) }
        }
    }

    /// What is created: the coordinators' topics have settings of their own.
    private func topic(_ name: String) -> CreateTopicsRequest.CreatableTopic {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        switch name {
        case TopicName.groupMetadata:
            topic.numPartitions = configuration.offsetsTopicNumPartitions
            topic.replicationFactor = configuration.offsetsTopicReplicationFactor
            topic.configs = configs([
                ("cleanup.policy", "compact"), ("compression.type", "producer"),
                ("segment.bytes", "\(configuration.offsetsTopicSegmentBytes)"),
            ])
        case TopicName.transactionState:
            topic.numPartitions = configuration.transactionStateLogNumPartitions
            topic.replicationFactor = configuration.transactionStateLogReplicationFactor
            topic.configs = configs([
                ("unclean.leader.election.enable", "false"), ("compression.type", "uncompressed"),
                ("cleanup.policy", "compact"), ("min.insync.replicas", "\(configuration.transactionStateLogMinIsr)"),
                ("segment.bytes", "\(configuration.transactionStateLogSegmentBytes)"),
            ])
        default:
            topic.numPartitions = configuration.numPartitions
            topic.replicationFactor = Int16(truncatingIfNeeded: configuration.defaultReplicationFactor)
        }
        return topic
    }

    private func configs(_ settings: [(String, String)]) -> [CreateTopicsRequest.CreatableTopicConfig] {
        settings.map { name, value in
            var config = CreateTopicsRequest.CreatableTopicConfig()
            config.name = name
            config.value = value
            return config
        }
    }
}
