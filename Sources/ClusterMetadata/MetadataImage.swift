// The metadata as everybody in the broker reads it.

import KafkaMessages
import KafkaWire
import Synchronization

/// The committed state of the cluster at one offset. It never changes, so any thread reads it without a lock, and
/// whoever holds it sees everything at one moment. Kafka: `MetadataImage`.
public final class MetadataImage: Sendable {
    public let state: MetadataState
    /// As `meta.properties` has it: 22 characters as a rule.
    public let clusterId: String
    /// The one node: broker and controller.
    public let nodeId: Int32
    /// Counts the images of this process.
    public let generation: UInt64

    init(state: MetadataState, clusterId: String, nodeId: Int32, generation: UInt64) {
        self.state = state
        self.clusterId = clusterId
        self.nodeId = nodeId
        self.generation = generation
    }

    /// The offset of the last record that is in the image; -1: none.
    public var offset: Int64 { state.offset }
    public var topics: TopicsImage { state.topics }
    public var cluster: ClusterImage { state.cluster }
    public var configurations: ConfigurationsImage { state.configurations }
    /// The finalized features' levels.
    public var features: [String: Int16] { state.features }
    public var metadataVersion: MetadataVersion { state.metadataVersion }
    /// The controller's id: clients are told that the one broker is it.
    public var controllerId: Int32 { nodeId }
    /// This node's registration as a broker.
    public var broker: BrokerRegistration? { state.cluster.brokers[nodeId] }

    /// A topic; nil when there is none.
    public func topic(_ name: String) -> TopicImage? { state.topics[name] }
    public func topic(_ id: Uuid) -> TopicImage? { state.topics[id] }
    /// What was set on a topic itself.
    public func settings(ofTopic name: String) -> [String: String] { state.configurations[.topic(name)] }
}

/// Where the current image lies.
public final class MetadataPublisher: Sendable {
    private let image: Mutex<MetadataImage>
    private let generation: Atomic<UInt64>

    init(_ image: MetadataImage) {
        self.image = Mutex(image)
        generation = Atomic(image.generation)
    }

    /// The current image. Takes a lock for the time of one retain; a loop uses a `MetadataReader`.
    public var current: MetadataImage { image.withLock { $0 } }

    func publish(_ new: MetadataImage) {
        let old = image.withLock { image in
            let old = image
            image = new
            return old
        }
        generation.store(new.generation, ordering: .releasing)
        // What only the old image held is freed here, outside the lock.
        withExtendedLifetime(old) {}
    }

    var currentGeneration: UInt64 { generation.load(ordering: .acquiring) }
}

/// One thread's view of the current image: as long as the image stays, reading it costs one load and no lock.
public struct MetadataReader: Sendable {
    private let publisher: MetadataPublisher
    private var cached: MetadataImage

    public init(_ publisher: MetadataPublisher) {
        self.publisher = publisher
        cached = publisher.current
    }

    /// The current image.
    public mutating func image() -> MetadataImage {
        if publisher.currentGeneration != cached.generation { cached = publisher.current }
        return cached
    }
}
