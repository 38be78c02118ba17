// Partitions by topic: what a member is to have.

import KafkaWire

/// Partitions of one topic.
public struct TopicPartitions: Equatable, Sendable {
    public var topicId: Uuid
    public var partitions: [Int32]

    public init(topicId: Uuid, partitions: [Int32]) {
        self.topicId = topicId
        self.partitions = partitions
    }
}

/// The partitions that are meant for a member, in the order in which Kafka would write them; no topic twice and none
/// without partitions. Equal are those with the same partitions, whatever their order.
public struct Assignment: Sendable {
    public var topics: [TopicPartitions]

    public init(_ topics: [TopicPartitions] = []) {
        self.topics = topics
    }

    public var isEmpty: Bool { topics.isEmpty }

    /// The number of partitions.
    public var partitionCount: Int { topics.reduce(0) { $0 + $1.partitions.count } }

    /// As read from a record, where a hostile or older writer may have named a topic twice.
    func merged() -> [Uuid: Set<Int32>] {
        var merged: [Uuid: Set<Int32>] = [:]
        merged.reserveCapacity(topics.count)
        for topic in topics { merged[topic.topicId, default: []].formUnion(topic.partitions) }
        return merged
    }

    /// The topics as Kafka walks through them once it has read them from their record.
    var walked: [TopicPartitions] {
        JavaOrder().grown(to: topics.count).walk(topics) { $0.topicId }
    }
}

extension TopicPartitions {
    /// The partitions as Kafka walks through them once it has read them from their record.
    var walked: [Int32] { JavaOrder(copyOf: partitions.count).walk(partitions) }
}

extension Assignment: Equatable {
    public static func == (left: Assignment, right: Assignment) -> Bool {
        left.topics == right.topics || left.merged() == right.merged()
    }
}
