// Offsets that a transaction will commit when it commits: in the log, not yet in force.

import KafkaMessages

/// A partition of a group.
struct GroupPartition: Hashable {
    var group: String
    var topic: String
    var partition: Int32
}

/// The offset records of transactions that have not ended, by producer.
struct PendingOffsets {
    private struct Entry {
        var offset: CommittedOffset
        /// The place among all pending offsets: a later one wins over an earlier one, whoever ends first.
        var sequence: UInt64
        /// A later record has said what holds for the partition.
        var isSuperseded = false
    }

    private var byProducer: [Int64: [GroupPartition: Entry]] = [:]
    /// The producers that have a partition's offset pending.
    private var producers: [GroupPartition: Set<Int64>] = [:]
    /// How many partitions of each group are among them: the expiry asks for every group that there is.
    private var partitionCounts: [String: Int] = [:]
    private var nextSequence: UInt64 = 0

    var isEmpty: Bool { byProducer.isEmpty }

    mutating func add(_ offset: CommittedOffset, for partition: GroupPartition, producerId: Int64) {
        byProducer[producerId, default: [:]][partition] = Entry(offset: offset, sequence: nextSequence)
        if producers[partition] == nil { partitionCounts[partition.group, default: 0] += 1 }
        producers[partition, default: []].insert(producerId)
        nextSequence += 1
    }

    /// A committed offset was applied outside of transactions: what was pending before it will not overwrite it.
    mutating func supersede(_ partition: GroupPartition, before sequence: UInt64 = .max) {
        guard let holders = producers[partition] else { return }
        for producer in holders where byProducer[producer]?[partition].map({ $0.sequence < sequence }) == true {
            byProducer[producer]?[partition]?.isSuperseded = true
        }
    }

    /// A tombstone was applied: nothing is pending for the partition any more.
    mutating func remove(_ partition: GroupPartition) {
        guard let holders = producers.removeValue(forKey: partition) else { return }
        for producer in holders { byProducer[producer]?[partition] = nil }
        release(partition)
    }

    /// Ends the producer's transaction and forgets its offsets. Gives those that hold when it commits.
    mutating func end(producerId: Int64) -> [(partition: GroupPartition, offset: CommittedOffset)] {
        guard let entries = byProducer.removeValue(forKey: producerId) else { return [] }
        for partition in entries.keys {
            producers[partition]?.remove(producerId)
            if producers[partition]?.isEmpty == true {
                producers[partition] = nil
                release(partition)
            }
        }
        return entries.compactMap { partition, entry in
            if entry.isSuperseded { return nil }
            supersede(partition, before: entry.sequence)
            return (partition, entry.offset)
        }
    }

    /// Nothing is pending for the partition any more.
    private mutating func release(_ partition: GroupPartition) {
        let count = partitionCounts[partition.group, default: 0] - 1
        partitionCounts[partition.group] = count > 0 ? count : nil
    }

    func isPending(_ partition: GroupPartition) -> Bool { producers[partition] != nil }

    /// The partitions of a group that have an offset pending.
    func partitions(group: String) -> [GroupPartition] {
        producers.isEmpty ? [] : producers.keys.filter { $0.group == group }
    }

    /// The partitions of a topic that have an offset pending.
    func partitions(topic: String) -> [GroupPartition] {
        producers.isEmpty ? [] : producers.keys.filter { $0.topic == topic }
    }

    /// Whether a transaction that is open has offsets of the group.
    func isOpen(group: String) -> Bool { partitionCounts[group] != nil }
}
