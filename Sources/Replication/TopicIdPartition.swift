// A partition's full name.

import KafkaWire

/// A topic by name and id, and a partition of it. Kafka's TopicIdPartition.
public struct TopicIdPartition: Hashable, Sendable {
    public let topicId: Uuid
    public let topic: String
    public let partition: Int32

    public init(topicId: Uuid, topic: String, partition: Int32) {
        self.topicId = topicId
        self.topic = topic
        self.partition = partition
    }
}
