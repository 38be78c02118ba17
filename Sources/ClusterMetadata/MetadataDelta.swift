// What a run of records changed: for those who act on changes.

import KafkaWire

/// What differs between two images. Kafka: `MetadataDelta`.
public struct MetadataDelta: Sendable, Equatable {
    public struct Partition: Hashable, Sendable {
        public let topicId: Uuid
        public let number: Int32
    }

    /// New topics. One that is in `deletedTopics` too was made and deleted within the run.
    public internal(set) var createdTopics: [Uuid] = []
    /// Topics that are gone, as they last were.
    public internal(set) var deletedTopics: [TopicImage] = []
    /// New and changed partitions, those of new topics among them.
    public internal(set) var changedPartitions: Set<Partition> = []
    public internal(set) var changedConfigurations: Set<ConfigResource> = []
    /// Registrations of brokers or controllers.
    public internal(set) var clusterChanged = false
    public internal(set) var featuresChanged = false
    public internal(set) var clientQuotasChanged = false
    public internal(set) var securityChanged = false

    public init() {}

    public var isEmpty: Bool { self == MetadataDelta() }
}
