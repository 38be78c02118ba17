// The committed offsets of a shard, kept small: a hundred thousand groups with an offset each are an everyday size.

import KafkaMessages
import KafkaWire

/// An offset that a group committed for a partition.
struct CommittedOffset: Equatable {
    var offset: Int64
    /// -1 when the client did not say.
    var leaderEpoch: Int32
    /// Milliseconds since 1970.
    var commitTimestampMs: Int64
    /// When the client said how long to keep it: milliseconds since 1970, else -1. Only the oldest clients do.
    var expireTimestampMs: Int64
    var metadata: String
    /// Zero when it is not known.
    var topicId: Uuid
}

/// A partition in an `OffsetStore`: the topic by its place in the store's list of names.
struct StoredPartition: Hashable {
    var topic: Int32
    var partition: Int32
}

/// Offsets by group, topic and partition. Topic names are kept once.
struct OffsetStore {
    private(set) var byGroup: [String: [StoredPartition: CommittedOffset]] = [:]
    private var topicNames: [String] = []
    private var topicNumbers: [String: Int32] = [:]
    /// Offsets of transactions that have not ended.
    var pending = PendingOffsets()

    mutating func put(_ offset: CommittedOffset, group: String, topic: String, partition: Int32) {
        byGroup[group, default: [:]][StoredPartition(topic: number(of: topic), partition: partition)] = offset
    }

    mutating func remove(group: String, topic: String, partition: Int32) {
        guard let number = topicNumbers[topic], let index = byGroup.index(forKey: group) else { return }
        byGroup.values[index][StoredPartition(topic: number, partition: partition)] = nil
        if byGroup.values[index].isEmpty { byGroup.remove(at: index) }
    }

    private mutating func number(of topic: String) -> Int32 {
        if let known = topicNumbers[topic] { return known }
        let number = Int32(topicNames.count)
        topicNames.append(topic)
        topicNumbers[topic] = number
        return number
    }

    func name(of partition: StoredPartition) -> String { topicNames[Int(partition.topic)] }

    func offset(group: String, topic: String, partition: Int32) -> CommittedOffset? {
        guard let offsets = byGroup[group], let number = topicNumbers[topic] else { return nil }
        return offsets[StoredPartition(topic: number, partition: partition)]
    }

    /// A group's partitions and offsets, by topic name and partition.
    func sorted(group: String) -> [(topic: String, partition: Int32, offset: CommittedOffset)] {
        (byGroup[group] ?? [:]).map { (name(of: $0), $0.partition, $1) }
            .sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }

    /// The groups and partitions with offsets of a topic.
    func partitions(topic: String) -> [GroupPartition] {
        guard let number = topicNumbers[topic] else { return [] }
        return byGroup.flatMap { group, offsets in
            offsets.keys.filter { $0.topic == number }
                .map { GroupPartition(group: group, topic: topic, partition: $0.partition) }
        }
    }

    func hasOffsets(group: String) -> Bool { byGroup[group] != nil }
}

extension CommittedOffset {
    init(_ value: OffsetCommitValue) {
        self.init(
            offset: value.offset, leaderEpoch: value.leaderEpoch, commitTimestampMs: value.commitTimestamp,
            expireTimestampMs: value.expireTimestamp, metadata: value.metadata, topicId: value.topicId)
    }

    /// The record that commits this offset.
    func record(group: String, topic: String, partition: Int32) -> GroupRecord {
        var key = OffsetCommitKey()
        key.group = group
        key.topic = topic
        key.partition = partition
        var value = OffsetCommitValue()
        value.offset = offset
        value.leaderEpoch = leaderEpoch
        value.commitTimestamp = commitTimestampMs
        value.expireTimestamp = expireTimestampMs
        value.metadata = metadata
        value.topicId = topicId
        return .offsetCommit(key, value)
    }
}

extension GroupRecord {
    /// The record that removes a committed offset.
    static func offsetTombstone(group: String, topic: String, partition: Int32) -> GroupRecord {
        var key = OffsetCommitKey()
        key.group = group
        key.topic = topic
        key.partition = partition
        return .offsetCommit(key, nil)
    }
}
