// DescribeTopicPartitions (key 75): topics with their partitions, in pages. KIP-966.
//
// Version 0.
//
// Behaviour: topics come in the order of their names, each once; no names mean all topics. At most
// `responsePartitionLimit` partitions (and `max.request.partition.size.limit`) a page; the cursor says where the next
// one begins. When the cursor is there, topics before its own are passed over; it must be
// of one of the topics that are asked for.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum DescribeTopicPartitions: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...0

    static func handle(_ request: consuming DescribeTopicPartitionsRequest, _ context: RequestContext) {
        let image = context.broker.metadata.current
        let isAllTopics = request.topics.isEmpty
        var names = Set(isAllTopics ? Array(image.topics.names) : request.topics.map(\.name))
        let cursor = request.cursor
        if let error = refusal(names: names, isAllTopics: isAllTopics, cursor: cursor) {
            return context.respond(refused(request, error))
        }
        if let cursor {
            // A cursor whose topic has gone meanwhile still says where to go on.
            if isAllTopics { names.insert(cursor.topicName) }
            names = names.filter { $0 >= cursor.topicName }
        }
        let limit = max(
            min(context.broker.configuration.maxRequestPartitionSizeLimit, request.responsePartitionLimit), 1)
        var response = DescribeTopicPartitionsResponse()
        var remaining = Int(limit)
        for name in names.sorted() {
            guard remaining > 0 else {
                response.nextCursor = Self.cursor(name, 0)
                break
            }
            guard let topic = image.topics[name] else {
                if !isAllTopics { response.topics.append(failed(name)) }
                continue
            }
            let first = cursor?.topicName == name ? Int(cursor?.partitionIndex ?? 0) : 0
            let end = min(topic.partitions.count, first + remaining)
            response.topics.append(page(topic, from: first, to: end))
            remaining -= max(0, end - first)
            if end < topic.partitions.count {
                response.nextCursor = Self.cursor(name, Int32(end))
                break
            }
        }
        context.respond(response)
    }

    /// What is wrong with the request as a whole.
    private static func refusal(
        names: Set<String>, isAllTopics: Bool, cursor: DescribeTopicPartitionsRequest.Cursor?
    ) -> ErrorCode? {
        if let cursor, cursor.partitionIndex < 0 || !(isAllTopics || names.contains(cursor.topicName)) {
            return .invalidRequest
        }
        // As Kafka, which cannot ask whether a topic without a name may be described.
        return names.contains("") ? .unknownServerError : nil
    }

    private static func refused(
        _ request: DescribeTopicPartitionsRequest, _ error: ErrorCode
    ) -> DescribeTopicPartitionsResponse {
        var response = DescribeTopicPartitionsResponse()
        response.topics = request.topics.map { asked in
            var topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
            topic.errorCode = error.rawValue
            topic.name = asked.name
            return topic
        }
        return response
    }

    private static func cursor(_ topic: String, _ partition: Int32) -> DescribeTopicPartitionsResponse.Cursor {
        var cursor = DescribeTopicPartitionsResponse.Cursor()
        cursor.topicName = topic
        cursor.partitionIndex = partition
        return cursor
    }

    private static func failed(_ name: String) -> DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic {
        var topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
        let error: ErrorCode = TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
        topic.errorCode = error.rawValue
        topic.name = name
        topic.isInternal = TopicName.isInternal(name)
        topic.topicAuthorizedOperations = AuthorizedOperations.topic
        return topic
    }

    private static func page(
        _ image: TopicImage, from first: Int, to end: Int
    ) -> DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic {
        var topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
        topic.name = image.name
        topic.topicId = image.id
        topic.isInternal = TopicName.isInternal(image.name)
        topic.topicAuthorizedOperations = AuthorizedOperations.topic
        guard first >= 0, first < end else { return topic }
        topic.partitions = (first..<end).map { index in
            let registration = image.partitions[index]
            var partition = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition()
            partition.partitionIndex = Int32(index)
            partition.leaderId = registration.leader
            partition.leaderEpoch = registration.leaderEpoch
            partition.replicaNodes = registration.replicas
            partition.isrNodes = registration.isr
            partition.eligibleLeaderReplicas = registration.elr
            partition.lastKnownElr = registration.lastKnownElr
            return partition
        }
        return topic
    }
}
