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

/// A partition in an `OffsetStore`: the topic by its place in the store's list of topics.
struct StoredPartition: Hashable {
    var topic: Int32
    var partition: Int32
}

/// Offsets by group, topic and partition. Topic names are kept once, and as long as there are offsets of the topic.
struct OffsetStore {
    /// A topic with offsets, and how many partitions of it each group has offsets of.
    private struct StoredTopic {
        var name: String
        var groups: [String: Int32] = [:]
    }

    private(set) var byGroup: [String: [StoredPartition: CommittedOffset]] = [:]
    private var topics: [StoredTopic] = []
    private var topicNumbers: [String: Int32] = [:]
    /// Places in `topics` that are free.
    private var freeNumbers: [Int32] = []
    /// Offsets of transactions that have not ended.
    var pending = PendingOffsets()

    mutating func put(_ offset: CommittedOffset, group: String, topic: String, partition: Int32) {
        let number = number(of: topic)
        let place = StoredPartition(topic: number, partition: partition)
        if byGroup[group, default: [:]].updateValue(offset, forKey: place) == nil {
            topics[Int(number)].groups[group, default: 0] += 1
        }
    }

    mutating func remove(group: String, topic: String, partition: Int32) {
        guard let number = topicNumbers[topic], let index = byGroup.index(forKey: group) else { return }
        let place = StoredPartition(topic: number, partition: partition)
        guard byGroup.values[index].removeValue(forKey: place) != nil else { return }
        if byGroup.values[index].isEmpty { byGroup.remove(at: index) }
        release(number, group: group)
    }

    private mutating func number(of topic: String) -> Int32 {
        if let known = topicNumbers[topic] { return known }
        let number: Int32
        if let free = freeNumbers.popLast() {
            number = free
            topics[Int(free)].name = topic
        } else {
            number = Int32(topics.count)
            topics.append(StoredTopic(name: topic))
        }
        topicNumbers[topic] = number
        return number
    }

    /// A group has an offset less of a topic; the last one takes the topic's name with it.
    private mutating func release(_ number: Int32, group: String) {
        let index = Int(number)
        guard let count = topics[index].groups[group] else { return }
        topics[index].groups[group] = count > 1 ? count - 1 : nil
        guard topics[index].groups.isEmpty else { return }
        topicNumbers[topics[index].name] = nil
        topics[index] = StoredTopic(name: "")
        freeNumbers.append(number)
    }

    func name(of partition: StoredPartition) -> String { topics[Int(partition.topic)].name }

    /// How many topics there are offsets of.
    var topicCount: Int { topicNumbers.count }

    func offset(group: String, topic: String, partition: Int32) -> CommittedOffset? {
        guard let offsets = byGroup[group], let number = topicNumbers[topic] else { return nil }
        return offsets[StoredPartition(topic: number, partition: partition)]
    }

    /// A group's partitions and offsets, by topic name and partition.
    func sorted(group: String) -> [(topic: String, partition: Int32, offset: CommittedOffset)] {
        (byGroup[group] ?? [:]).map { (name(of: $0), $0.partition, $1) }
            .sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }

    /// The groups and partitions with offsets of a topic. Groups without any take no time.
    func partitions(topic: String) -> [GroupPartition] {
        guard let number = topicNumbers[topic] else { return [] }
        return topics[Int(number)].groups.keys.flatMap { group in
            (byGroup[group] ?? [:]).keys.filter { $0.topic == number }
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
