// The cluster's metadata as groups see it.

import ClusterMetadata
import Groups
import KafkaWire

/// A metadata image behind the groups' view of topics.
struct ImageTopics: TopicsView {
    private let image: MetadataImage

    init(_ image: MetadataImage) {
        self.image = image
    }

    func topic(named name: String) -> GroupTopic? { image.topic(name).map(Self.topic) }
    func topic(id: Uuid) -> GroupTopic? { image.topic(id).map(Self.topic) }
    var metadataVersion: Int64 { image.offset }
    var topicNames: [String] { Array(image.topics.names) }

    private static func topic(_ topic: TopicImage) -> GroupTopic {
        GroupTopic(id: topic.id, name: topic.name, partitionCount: topic.partitionCount)
    }

    func racks(ofTopic id: Uuid, partition: Int) -> [String] {
        guard let number = Int32(exactly: partition), let found = image.topic(id)?.partition(number) else { return [] }
        return found.replicas.compactMap { image.cluster.brokers[$0]?.rack }
    }

    func groupSetting(_ name: String, of groupId: String) -> String? {
        image.configurations[.group(groupId)][name]
    }
}
