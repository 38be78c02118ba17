// Offsets that a transaction will commit when it commits: in the log, not yet in force.

import KafkaMessages

/// The offset records of transactions that have not ended, by producer.
struct PendingOffsets {
    private var byProducer: [Int64: [(key: OffsetCommitKey, value: OffsetCommitValue?)]] = [:]
    /// How many records each partition of a group has pending.
    private var counts: [OffsetCommitKey.Place: Int] = [:]

    mutating func add(_ key: OffsetCommitKey, _ value: OffsetCommitValue?, producerId: Int64) {
        byProducer[producerId, default: []].append((key, value))
        counts[key.place, default: 0] += 1
    }

    /// Ends the producer's transaction: gives its records, in their order, and forgets them.
    mutating func end(producerId: Int64) -> [(key: OffsetCommitKey, value: OffsetCommitValue?)] {
        guard let records = byProducer.removeValue(forKey: producerId) else { return [] }
        for (key, _) in records {
            let left = (counts[key.place] ?? 1) - 1
            counts[key.place] = left > 0 ? left : nil
        }
        return records
    }

    func isPending(group: String, topic: String, partition: Int32) -> Bool {
        guard !counts.isEmpty else { return false }
        return counts[OffsetCommitKey.Place(group: group, topic: topic, partition: partition)] != nil
    }

    /// The producers whose transactions hold offsets of the group.
    func producers(group: String) -> [Int64] {
        byProducer.filter { $0.value.contains { $0.key.group == group } }.map(\.key)
    }

    var isEmpty: Bool { byProducer.isEmpty }
}

extension OffsetCommitKey {
    /// The key's three fields as a dictionary's key.
    struct Place: Hashable {
        var group: String
        var topic: String
        var partition: Int32
    }

    var place: Place { Place(group: group, topic: topic, partition: partition) }
}
