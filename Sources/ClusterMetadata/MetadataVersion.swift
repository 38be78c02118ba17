// The cluster's features and their levels (KIP-584, KIP-778): what Kafka 4.3.1 supports and what it starts with.

import KafkaWire

/// The level of `metadata.version`: which records and fields every node understands. Kafka: `MetadataVersion`.
public struct MetadataVersion: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// 3.3-IV3: the first that a 4.x node opens.
    public static let minimum = MetadataVersion(rawValue: 7)
    /// 3.4-IV0: a broker's registration says whether it moves over from ZooKeeper, and where it may still be.
    static let migration = MetadataVersion(rawValue: 8)
    /// 3.6-IV2: metadata transactions (KIP-868).
    static let transactions = MetadataVersion(rawValue: 14)
    /// 3.7-IV0: controllers register (KIP-919).
    static let controllerRegistration = MetadataVersion(rawValue: 15)
    /// 3.7-IV2: partitions know their log directories (KIP-858).
    static let directoryAssignment = MetadataVersion(rawValue: 17)
    /// 4.0-IV1: eligible leader replicas (KIP-966).
    static let eligibleLeaderReplicas = MetadataVersion(rawValue: 23)
    /// 4.3-IV0: log directories may be cordoned (KIP-1066).
    static let cordonedLogDirs = MetadataVersion(rawValue: 30)
    /// 4.3-IV0, that of 4.3.1.
    public static let latest = MetadataVersion(rawValue: 30)

    public static func < (left: MetadataVersion, right: MetadataVersion) -> Bool { left.rawValue < right.rawValue }

    var registerBrokerRecordVersion: Int16 {
        if self >= .cordonedLogDirs { return 4 }
        if self >= .directoryAssignment { return 3 }
        return self >= .migration ? 2 : 1
    }

    var partitionRecordVersion: Int16 {
        if self >= .eligibleLeaderReplicas { return 2 }
        return self >= .directoryAssignment ? 1 : 0
    }

    var partitionChangeRecordVersion: Int16 { partitionRecordVersion }
}

/// The features of a 4.3.1 node. Kafka: `Feature`, `QuorumFeatures`.
public enum ClusterFeature {
    public static let metadataVersion = "metadata.version"
    public static let kraftVersion = "kraft.version"
    public static let eligibleLeaderReplicas = "eligible.leader.replicas.version"
    public static let group = "group.version"
    public static let share = "share.version"
    public static let streams = "streams.version"
    public static let transaction = "transaction.version"

    /// What a node of this release supports, as it registers.
    public static let supported: [(name: String, levels: ClosedRange<Int16>)] = [
        (metadataVersion, MetadataVersion.minimum.rawValue...MetadataVersion.latest.rawValue),
        (kraftVersion, 0...1),
        (eligibleLeaderReplicas, 0...1),
        (group, 0...1),
        (share, 0...1),
        (streams, 0...1),
        (transaction, 0...2),
    ]

    /// What a newly formatted cluster is set to, in the order of `kafka-storage.sh format`.
    public static let initial: [(name: String, level: Int16)] = [
        (metadataVersion, MetadataVersion.latest.rawValue),
        (eligibleLeaderReplicas, 1),
        (group, 1),
        (share, 1),
        (streams, 1),
        (transaction, 2),
    ]

    /// Refuses a level that this release does not support, as Kafka's controller does when it comes upon the record.
    /// Of a feature that it does not know only level 0 is none. Kafka: `FeatureControlManager.replay`.
    static func check(_ name: String, level: Int16) throws(WireError) {
        let levels = supported.first { $0.name == name }?.levels
        if (levels ?? 0...0).contains(level) { return }
        let range = levels.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "none of it"
        let writer = level > (levels?.upperBound ?? 0) ? ": a newer Kafka wrote it" : ""
        throw WireError(.unsupportedVersion, "\(name) is at level \(level), and Martlet supports \(range)\(writer)")
    }
}
