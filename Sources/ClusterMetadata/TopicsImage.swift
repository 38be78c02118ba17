// The topics and their partitions.

import KafkaMessages
import KafkaWire

/// A topic. Kafka: `TopicImage`.
public struct TopicImage: Sendable, Equatable {
    public let name: String
    public let id: Uuid
    /// By partition number.
    public internal(set) var partitions: [PartitionRegistration]

    public init(name: String, id: Uuid, partitions: [PartitionRegistration] = []) {
        self.name = name
        self.id = id
        self.partitions = partitions
    }

    /// nil when there is no such partition.
    public func partition(_ number: Int32) -> PartitionRegistration? {
        guard number >= 0, Int(number) < partitions.count else { return nil }
        return partitions[Int(number)]
    }

    public var partitionCount: Int { partitions.count }
}

/// All topics, by name and by id. Kafka: `TopicsImage`.
public struct TopicsImage: Sendable, Equatable {
    /// More than any topic can have: a number beyond is not a partition.
    static let maxPartitionNumber: Int32 = 4_000_000

    private var byId = ShardedDictionary<Uuid, TopicImage>()
    private var idsByName = ShardedDictionary<String, Uuid>()
    /// Names with '.' or '_', under what they read as a metric's name, where both are '_'.
    private var namesByMetricName = ShardedDictionary<String, [String]>()
    /// The partitions of all topics.
    public private(set) var partitionCount = 0

    public init() {}

    public var count: Int { byId.count }
    public var isEmpty: Bool { byId.isEmpty }

    public subscript(name: String) -> TopicImage? { idsByName[name].flatMap { byId[$0] } }
    public subscript(id: Uuid) -> TopicImage? { byId[id] }

    public func id(of name: String) -> Uuid? { idsByName[name] }
    public func contains(_ name: String) -> Bool { idsByName[name] != nil }

    /// The topics, in no order.
    public var all: some Sequence<TopicImage> { byId.values }
    /// Their names, in no order.
    public var names: some Sequence<String> { idsByName.keys }

    /// A topic whose metrics could not be told from those of a new topic `name`.
    func colliding(with name: String) -> String? {
        guard TopicName.hasCollisionCharacters(name) else { return nil }
        return namesByMetricName[TopicName.metricName(name)]?.first
    }

    mutating func insert(_ topic: TopicImage) {
        remove(topic.id)
        // A name belongs to one topic: the later record is right.
        if let other = idsByName[topic.name] { remove(other) }
        partitionCount += topic.partitions.count
        byId[topic.id] = topic
        idsByName[topic.name] = topic.id
        if TopicName.hasCollisionCharacters(topic.name) {
            namesByMetricName[TopicName.metricName(topic.name), default: []].append(topic.name)
        }
    }

    @discardableResult
    mutating func remove(_ id: Uuid) -> TopicImage? {
        guard let topic = byId.removeValue(forKey: id) else { return nil }
        partitionCount -= topic.partitions.count
        idsByName.removeValue(forKey: topic.name)
        if TopicName.hasCollisionCharacters(topic.name) {
            let metricName = TopicName.metricName(topic.name)
            namesByMetricName[metricName, default: []].removeAll { $0 == topic.name }
            if namesByMetricName[metricName]?.isEmpty == true { namesByMetricName.removeValue(forKey: metricName) }
        }
        return topic
    }

    /// Changes a topic where it lies; nil when there is none.
    @discardableResult
    mutating func update<R>(_ id: Uuid, _ change: (inout TopicImage) -> R) -> R? {
        guard let before = byId[id]?.partitions.count else { return nil }
        let result: R? = Self.change(&byId[id], change)
        partitionCount += (byId[id]?.partitions.count ?? 0) - before
        return result
    }

    private static func change<R>(_ topic: inout TopicImage?, _ change: (inout TopicImage) -> R) -> R? {
        guard topic != nil else { return nil }
        return change(&topic!)
    }

    var ids: some Sequence<Uuid> { byId.keys }
}
