// Partitions with the epochs at which a member got them: what it may commit for while it lags behind (KIP-1251).

import KafkaMessages
import KafkaWire

/// Partitions by topic, each with the epoch of the assignment that gave it. No topic is without partitions.
struct PartitionEpochs: Equatable, Sendable {
    private(set) var topics: [Uuid: [Int32: Int32]] = [:]

    var isEmpty: Bool { topics.isEmpty }

    subscript(topic: Uuid) -> [Int32: Int32] {
        get { topics[topic] ?? [:] }
        set { topics[topic] = newValue.isEmpty ? nil : newValue }
    }

    func contains(_ topic: Uuid, _ partition: Int32) -> Bool { topics[topic]?[partition] != nil }

    /// All partitions of `assignment`, got at `epoch`.
    init(_ assignment: Assignment, epoch: Int32) {
        for topic in assignment.topics {
            for partition in topic.partitions { topics[topic.topicId, default: [:]][partition] = epoch }
        }
    }

    init() {}

    /// The same partitions, got at `epoch`.
    func at(epoch: Int32) -> PartitionEpochs {
        var all = self
        all.topics = topics.mapValues { $0.mapValues { _ in epoch } }
        return all
    }

    /// The partitions of both.
    mutating func add(_ others: PartitionEpochs) {
        for (topic, partitions) in others.topics { topics[topic, default: [:]].merge(partitions) { _, new in new } }
    }

    /// The topics in the order of Kafka's map of them, with their partitions ascending.
    func sorted(_ table: JavaOrder = JavaOrder()) -> [(topicId: Uuid, partitions: [Int32])] {
        let ids = topics.keys.sorted { $0.precedesInJava($1) }
        return table.grown(to: ids.count).walk(ids).map { ($0, topics[$0].map { $0.keys.sorted() } ?? []) }
    }

    /// The same partitions without their epochs.
    var assignment: Assignment {
        Assignment(sorted().map { TopicPartitions(topicId: $0.topicId, partitions: $0.partitions) })
    }
}

extension PartitionEpochs {
    typealias Recorded = ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions

    /// As a record has them. Those without epochs of their own, as Kafka wrote them before 4.3, are of `memberEpoch`.
    init(_ recorded: [Recorded], memberEpoch: Int32) {
        for topic in recorded {
            let epochs = topic.assignmentEpochs ?? []
            for (place, partition) in topic.partitions.enumerated() {
                let epoch = epochs.count == topic.partitions.count ? epochs[place] : memberEpoch
                topics[topic.topicId, default: [:]][partition] = epoch
            }
        }
    }

    var recorded: [Recorded] {
        sorted().map { topicId, partitions in
            var topic = Recorded()
            topic.topicId = topicId
            topic.partitions = partitions
            topic.assignmentEpochs = partitions.map { topics[topicId]?[$0] ?? 0 }
            return topic
        }
    }
}
