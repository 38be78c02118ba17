// What groups have to know about topics and about the configuration of groups.

import KafkaWire

/// A topic as a group sees it.
public struct GroupTopic: Sendable {
    public var id: Uuid
    public var name: String
    public var partitionCount: Int

    public init(id: Uuid, name: String, partitionCount: Int) {
        self.id = id
        self.name = name
        self.partitionCount = partitionCount
    }
}

/// A state of the cluster's metadata, which does not change.
public protocol TopicsView: Sendable {
    func topic(named name: String) -> GroupTopic?
    func topic(id: Uuid) -> GroupTopic?
    /// Every topic's name, in no order.
    var topicNames: [String] { get }
    /// The racks of a partition's replicas, those of them that are known.
    func racks(ofTopic id: Uuid, partition: Int) -> [String]
    /// A setting of the group itself, such as `consumer.session.timeout.ms`; nil when it has none.
    func groupSetting(_ name: String, of groupId: String) -> String?
    /// The offset in the metadata log at which the topics were so; -1 when nothing was read yet.
    var metadataVersion: Int64 { get }
}

/// No topics: what a shard knows before it is told.
public struct NoTopics: TopicsView {
    public init() {}
    public func topic(named name: String) -> GroupTopic? { nil }
    public func topic(id: Uuid) -> GroupTopic? { nil }
    public var topicNames: [String] { [] }
    public func racks(ofTopic id: Uuid, partition: Int) -> [String] { [] }
    public func groupSetting(_ name: String, of groupId: String) -> String? { nil }
    public var metadataVersion: Int64 { -1 }
}
