// The partitions of this node, by name and by topic id.

import KafkaMessages
import KafkaWire
import LogStorage
import Synchronization

/// The partitions that this node hosts. Read by every request, changed when the metadata changes.
public final class Partitions: Sendable {
    /// A topic's partitions on this node. A place is nil while the partition's log could not be opened.
    public struct Topic: Sendable {
        public let id: Uuid
        public let name: String
        public var partitions: [Partition?]
    }

    private struct State: Sendable {
        var byName: [String: Topic] = [:]
        var names: [Uuid: String] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// The name of a topic id.
    public func topicName(_ id: Uuid) -> String? {
        state.withLock { $0.names[id] }
    }

    public func topicId(_ name: String) -> Uuid? {
        state.withLock { $0.byName[name]?.id }
    }

    /// The partition; UNKNOWN_TOPIC_OR_PARTITION when there is none, KAFKA_STORAGE_ERROR when its log is offline.
    public func partition(topic: String, partition: Int32) -> Result<Partition, PartitionError> {
        let slot = state.withLock { state -> Partition?? in
            guard let topic = state.byName[topic], partition >= 0, Int(partition) < topic.partitions.count else {
                return .none
            }
            return .some(topic.partitions[Int(partition)])
        }
        guard let slot else { return .failure(PartitionError(.unknownTopicOrPartition)) }
        guard let found = slot else { return .failure(PartitionError(.kafkaStorageError)) }
        return .success(found)
    }

    /// What this node has of a topic.
    public func topic(_ id: Uuid) -> Topic? {
        state.withLock { state in state.names[id].flatMap { state.byName[$0] } }
    }

    /// Adds partitions to a topic, or the topic itself. The partitions continue those that are there.
    public func add(topicId: Uuid, topic: String, partitions: [Partition?]) {
        state.withLock { state in
            state.names[topicId] = topic
            state.byName[topic, default: Topic(id: topicId, name: topic, partitions: [])].partitions += partitions
        }
    }

    /// Forgets a topic and gives back what it had.
    public func remove(topicId: Uuid) -> Topic? {
        state.withLock { state in
            guard let name = state.names.removeValue(forKey: topicId) else { return nil }
            return state.byName.removeValue(forKey: name)
        }
    }

    /// All topics on this node.
    public var all: [Topic] {
        state.withLock { Array($0.byName.values) }
    }
}
