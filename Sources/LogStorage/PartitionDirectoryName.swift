// The names of the directories in a log directory.
//
//     <topic>-<partition>                                  a partition's log
//     <topic>-<partition>.<32 hex digits>-delete           one that is being removed; the topic may be cut
//     <topic>-<partition>.<32 hex digits>-stray            one that the cluster does not know; left for a person
//     <topic>-<partition>.<32 hex digits>-future           one that is being moved to here
//
// Kafka: `LocalLog.parseTopicPartitionName`.

/// What a directory in a log directory is, by its name.
enum PartitionDirectoryName: Hashable {
    case log(TopicPartition)
    case beingDeleted
    /// `-stray`
    case setAside
    /// `-future`: what was moved so far of a partition's log, from another directory.
    case beingMoved(TopicPartition)
    /// The metadata log, which is not this registry's.
    case metadataLog
    /// Nothing of ours.
    case unknown

    static let metadataTopic = "__cluster_metadata"

    init(_ name: String) {
        if name.hasSuffix("-delete") {
            self = Self.partition(of: name, "-delete") != nil ? .beingDeleted : .unknown
        } else if name.hasSuffix("-future"), let partition = Self.partition(of: name, "-future") {
            self = .beingMoved(partition)
        } else if name.hasSuffix("-stray") || name.hasSuffix("-future") {
            self = .setAside
        } else if let partition = TopicPartition(directoryName: name) {
            self = partition.topic == Self.metadataTopic ? .metadataLog : .log(partition)
        } else {
            self = .unknown
        }
    }

    /// The partition of `<topic>-<partition>.<something><suffix>`; nil for another form.
    private static func partition(of name: String, _ suffix: String) -> TopicPartition? {
        let body = name.dropLast(suffix.utf8.count)
        guard let dot = body.lastIndex(of: "."), body.index(after: dot) < body.endIndex else { return nil }
        return TopicPartition(directoryName: String(body[..<dot]))
    }

    /// A name under which a partition's directory waits to be removed, of at most 255 bytes.
    static func forDeletion(_ partition: TopicPartition) -> String { withId(partition, "-delete") }

    /// A name under which a directory that belongs to no partition of the cluster is left.
    static func forSettingAside(_ partition: TopicPartition) -> String { withId(partition, "-stray") }

    private static func withId(_ partition: TopicPartition, _ suffix: String) -> String {
        var id = ""
        for _ in 0..<4 {
            let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
            id += String(repeating: "0", count: 8 - digits.count) + digits
        }
        let end = "-\(partition.partition).\(id)\(suffix)"
        return String(partition.topic.prefix(255 - end.utf8.count)) + end
    }
}

extension TopicPartition {
    /// Reads `<topic>-<partition>`; nil for another form.
    init?(directoryName name: String) {
        guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return nil }
        let digits = name[name.index(after: dash)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let partition = Int32(digits)
        else {
            return nil
        }
        self.init(topic: String(name[..<dash]), partition: partition)
    }
}
