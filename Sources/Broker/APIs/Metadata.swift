// Metadata (key 3): the brokers, and topics with their partitions and leaders.
//
// Versions 0–13.
// v1  racks, controller, internal topics; null for all topics. v2 cluster id. v4 automatic creation on request.
// v5  offline replicas. v7 leader epochs. v8 authorized operations. v9 flexible. v10 topic ids in the answer.
// v11 without the cluster's authorized operations. v12 topics by id (KIP-516). v13 an error for the whole answer.
//
// Behaviour: in version 0 an empty list means all topics. A topic that does not exist is UNKNOWN_TOPIC_OR_PARTITION.
// A name that no topic can have is
// INVALID_TOPIC_EXCEPTION. Before version 12 a topic without a name refuses the request.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum Metadata: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...13

    static func handle(_ request: consuming MetadataRequest, _ context: RequestContext) {
        let topics = request.topics ?? []
        if context.apiVersion < 12, topics.contains(where: { $0.name == nil || $0.topicId != .zero }) {
            return context.respond(refusal(of: request, .invalidRequest))
        }
        // Neither name nor id: a fault that Kafka does not foresee.
        if topics.contains(where: { $0.name == nil && $0.topicId == .zero }) {
            return context.respond(refusal(of: request, .unknownServerError))
        }
        let image = context.broker.metadata.current
        var response = MetadataResponse()
        response.brokers = image.cluster.unfencedBrokers.compactMap {
            broker(BrokerNode($0, listener: context.listener))
        }
        response.clusterId = context.broker.clusterId
        response.controllerId = context.broker.nodeId
        let isAllTopics = request.topics == nil || (context.apiVersion == 0 && topics.isEmpty)
        response.topics =
            isAllTopics ? allTopics(image) : named(topics, image)
        if request.allowAutoTopicCreation, context.broker.configuration.autoCreateTopicsEnable {
            createAutomatically(response.topics, context)
        }
        if request.includeTopicAuthorizedOperations && context.apiVersion >= 8 {
            for index in response.topics.indices where response.topics[index].errorCode == 0 {
                response.topics[index].topicAuthorizedOperations = AuthorizedOperations.topic
            }
        }
        if request.includeClusterAuthorizedOperations && (8...10).contains(context.apiVersion) {
            response.clusterAuthorizedOperations = AuthorizedOperations.cluster
        }
        context.respond(response)
    }

    /// Every topic of the request refused, and nothing said of the cluster.
    private static func refusal(of request: MetadataRequest, _ error: ErrorCode) -> MetadataResponse {
        var response = MetadataResponse()
        response.controllerId = -1
        response.errorCode = error.rawValue
        response.topics = (request.topics ?? []).map { topic in
            var answer = MetadataResponse.MetadataResponseTopic()
            answer.errorCode = error.rawValue
            answer.name = topic.name ?? ""
            answer.topicId = topic.topicId
            return answer
        }
        return response
    }

    private static func broker(_ node: BrokerNode?) -> MetadataResponse.MetadataResponseBroker? {
        guard let node else { return nil }
        var broker = MetadataResponse.MetadataResponseBroker()
        broker.nodeId = node.id
        broker.host = node.host
        broker.port = node.port
        broker.rack = node.rack
        return broker
    }

    private static func allTopics(_ image: MetadataImage) -> [MetadataResponse.MetadataResponseTopic] {
        image.topics.all.map { known($0) }
    }

    /// The topics that the request names, each once: those that nobody knows after the others.
    private static func named(
        _ topics: [MetadataRequest.MetadataRequestTopic], _ image: MetadataImage
    ) -> [MetadataResponse.MetadataResponseTopic] {
        var unknownIds: [MetadataResponse.MetadataResponseTopic] = []
        var found: [MetadataResponse.MetadataResponseTopic] = []
        var missing: [String] = []
        if topics.contains(where: { $0.topicId != .zero }) {
            var seen: Set<Uuid> = [.zero]
            for topic in topics where seen.insert(topic.topicId).inserted {
                if let image = image.topics[topic.topicId] {
                    found.append(known(image))
                } else {
                    unknownIds.append(failed(.unknownTopicId, name: nil, id: topic.topicId))
                }
            }
            return unknownIds + found
        }
        var seen: Set<String> = []
        for topic in topics {
            guard let name = topic.name, seen.insert(name).inserted else { continue }
            if let image = image.topics[name] { found.append(known(image)) } else { missing.append(name) }
        }
        return found
            + missing.map { name in
                let error: ErrorCode =
                    TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
                return failed(error, name: name, id: .zero)
            }
    }

    /// Begins to create the topics that were not found. The client asks again, as this answer does not have them yet.
    private static func createAutomatically(
        _ topics: [MetadataResponse.MetadataResponseTopic], _ context: RequestContext
    ) {
        for topic in topics where topic.errorCode == ErrorCode.unknownTopicOrPartition.rawValue {
            if let name = topic.name { context.broker.automaticTopics.create(name) }
        }
    }

    private static func failed(_ error: ErrorCode, name: String?, id: Uuid) -> MetadataResponse.MetadataResponseTopic {
        var topic = MetadataResponse.MetadataResponseTopic()
        topic.errorCode = error.rawValue
        topic.name = name
        topic.topicId = id
        topic.isInternal = name.map(TopicName.isInternal) ?? false
        return topic
    }

    private static func known(_ image: TopicImage) -> MetadataResponse.MetadataResponseTopic {
        var topic = MetadataResponse.MetadataResponseTopic()
        topic.name = image.name
        topic.topicId = image.id
        topic.isInternal = TopicName.isInternal(image.name)
        topic.partitions.reserveCapacity(image.partitions.count)
        for (index, registration) in image.partitions.enumerated() {
            var partition = MetadataResponse.MetadataResponsePartition()
            partition.partitionIndex = Int32(index)
            partition.leaderId = registration.leader
            partition.leaderEpoch = registration.leaderEpoch
            partition.replicaNodes = registration.replicas
            partition.isrNodes = registration.isr
            if registration.leader < 0 { partition.errorCode = ErrorCode.leaderNotAvailable.rawValue }
            topic.partitions.append(partition)
        }
        return topic
    }
}
