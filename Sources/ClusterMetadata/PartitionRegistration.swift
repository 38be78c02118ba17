// One partition as the controller knows it.

import KafkaMessages
import KafkaWire

/// A partition's replicas and its leader. Kafka: `PartitionRegistration`.
///
/// Its lists are short and alike: most partitions of a node share the very same arrays, so a partition takes some
/// 80 bytes.
public struct PartitionRegistration: Sendable, Equatable {
    /// The brokers that hold a copy, the preferred leader first.
    public var replicas: [Int32]
    /// The log directory of each replica, in the same order; see `DirectoryId` for those that are none.
    public var directories: [Uuid]
    /// The in-sync replicas.
    public var isr: [Int32]
    public var removingReplicas: [Int32]
    public var addingReplicas: [Int32]
    /// The eligible leader replicas (KIP-966).
    public var elr: [Int32]
    public var lastKnownElr: [Int32]
    /// -1: none.
    public var leader: Int32
    public var leaderEpoch: Int32
    public var partitionEpoch: Int32
    /// 0: recovered. 1: elected uncleanly, and not recovered from that yet.
    public var leaderRecoveryState: Int8

    /// No broker leads the partition.
    public static let noLeader: Int32 = -1
    /// In a change: the leader stays.
    static let noLeaderChange: Int32 = -2

    /// What stands for a partition number that no record has named yet.
    static let absent = PartitionRegistration(PartitionRecord())

    init(_ record: PartitionRecord) {
        replicas = record.replicas
        directories =
            record.directories.isEmpty
            ? Array(repeating: DirectoryId.migrating, count: record.replicas.count) : record.directories
        isr = record.isr
        removingReplicas = record.removingReplicas
        addingReplicas = record.addingReplicas
        elr = record.eligibleLeaderReplicas ?? []
        lastKnownElr = record.lastKnownElr ?? []
        leader = record.leader
        leaderEpoch = record.leaderEpoch
        partitionEpoch = record.partitionEpoch
        leaderRecoveryState = record.leaderRecoveryState
    }

    /// A new partition, led by the first of `isr`.
    init(replicas: [Int32], directories: [Uuid], isr: [Int32]) {
        var record = PartitionRecord()
        record.replicas = replicas
        record.directories = directories
        record.isr = isr
        record.leader = isr.first ?? Self.noLeader
        record.leaderEpoch = 0
        record.partitionEpoch = 0
        self.init(record)
    }

    public var hasLeader: Bool { leader != Self.noLeader }

    var isAbsent: Bool { replicas.isEmpty && partitionEpoch == -1 }

    /// The log directory of a broker's replica; nil when the broker has none.
    public func directory(of broker: Int32) -> Uuid? {
        guard let index = replicas.firstIndex(of: broker), index < directories.count else { return nil }
        return directories[index]
    }

    /// Takes over what `record` changes. A leader that is named makes a new leader epoch, the old one again too.
    mutating func apply(_ record: PartitionChangeRecord) {
        if let new = record.replicas { replicas = new }
        if let new = record.directories { directories = new }
        if directories.count != replicas.count {
            directories = Array(repeating: DirectoryId.migrating, count: replicas.count)
        }
        if let new = record.isr { isr = new }
        if let new = record.removingReplicas { removingReplicas = new }
        if let new = record.addingReplicas { addingReplicas = new }
        if let new = record.eligibleLeaderReplicas { elr = new }
        if let new = record.lastKnownElr { lastKnownElr = new }
        if record.leader != Self.noLeaderChange {
            leader = record.leader
            leaderEpoch &+= 1
        }
        if record.leaderRecoveryState >= 0 { leaderRecoveryState = record.leaderRecoveryState }
        partitionEpoch &+= 1
    }

    /// Uses `other`'s arrays where they hold the same, so that many partitions share them.
    mutating func share(with other: PartitionRegistration) {
        if replicas == other.replicas { replicas = other.replicas }
        if directories == other.directories { directories = other.directories }
        if isr == other.isr { isr = other.isr }
        if elr == other.elr { elr = other.elr }
        if lastKnownElr == other.lastKnownElr { lastKnownElr = other.lastKnownElr }
    }

    /// The record that gives the partition as it is.
    func record(topicId: Uuid, partition: Int32) -> PartitionRecord {
        var record = PartitionRecord()
        record.partitionId = partition
        record.topicId = topicId
        record.replicas = replicas
        record.directories = directories
        record.isr = isr
        record.removingReplicas = removingReplicas
        record.addingReplicas = addingReplicas
        record.leader = leader
        record.leaderRecoveryState = leaderRecoveryState
        record.leaderEpoch = leaderEpoch
        record.partitionEpoch = partitionEpoch
        if !elr.isEmpty { record.eligibleLeaderReplicas = elr }
        if !lastKnownElr.isEmpty { record.lastKnownElr = lastKnownElr }
        return record
    }
}
