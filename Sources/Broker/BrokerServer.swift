// The broker: what its handlers work with.

import ClusterMetadata
import Configuration
import EventLoop
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Logging
import Replication
import Synchronization

/// One node. Everything in it is made before the first connection and lives until the last one is closed.
///
///     let broker = try BrokerServer.start(configuration)
///     … broker.endpoints …
///     broker.stop()
public final class BrokerServer: Sendable {
    let configuration: BrokerConfiguration
    let store: MetadataStore
    let logs: LogRegistry
    let partitions = Partitions()
    let topicConfigs: TopicLogConfigs
    let fetchSessions: FetchSessionCache
    let producerIds: ProducerIds
    let automaticTopics: AutomaticTopics
    let groups: GroupCoordinator
    let loops: EventLoopGroup
    let sockets: SocketServer
    /// Read what is not in memory before a loop sends it.
    let coldReads = WorkerPool(maxThreads: 4, name: "cold-read")
    /// Where batches are checked that take too long for a loop.
    let laboriousChecks = LaboriousChecks(maxThreads: 2)
    let log = Logger("broker")
    /// What it listens on, with the ports that were chosen. Set once, while the broker starts.
    private let bound = Mutex<[BrokerEndpoint]>([])
    let isStopped = Atomic<Bool>(false)

    init(
        configuration: BrokerConfiguration, store: MetadataStore, logs: LogRegistry, loops: EventLoopGroup,
        sockets: SocketServer
    ) {
        self.configuration = configuration
        self.store = store
        self.logs = logs
        self.loops = loops
        self.sockets = sockets
        topicConfigs = TopicLogConfigs(configuration)
        fetchSessions = FetchSessionCache(
            maxEntries: Int(configuration.maxIncrementalFetchSessionCacheSlots),
            evictionMs: FetchSessionCache.evictionMs)
        producerIds = ProducerIds(store.controller)
        automaticTopics = AutomaticTopics(configuration: configuration, store: store)
        groups = GroupCoordinator(configuration: configuration, loops: loops, partitions: partitions)
    }

    var metadata: MetadataPublisher { store.publisher }
    var nodeId: Int32 { store.nodeId }
    public var clusterId: String { store.clusterId }

    /// What it listens on, with the ports that were chosen.
    public internal(set) var endpoints: [BrokerEndpoint] {
        get { bound.withLock { $0 } }
        set { bound.withLock { $0 = newValue } }
    }

    /// What clients are told.
    public var advertised: [BrokerEndpoint] {
        let ports = endpoints.map { ($0.listenerName, $0.port) }
        return configuration.endpoints.advertised(boundPorts: Dictionary(ports) { first, _ in first })
    }

    /// The broker `id` as clients of `listener` reach it.
    func node(_ id: Int32, _ listener: BoundListener) -> BrokerNode? {
        metadata.current.cluster.brokers[id].flatMap { BrokerNode($0, listener: listener) }
    }

    /// The leader of a partition and its epoch; both are -1 when there is no such partition.
    func currentLeader(topic: String, topicId: Uuid, partition: Int32) -> (leaderId: Int32, leaderEpoch: Int32) {
        let image = metadata.current
        let found = (topicId == .zero ? image.topic(topic) : image.topic(topicId))?.partition(partition)
        return (found?.leader ?? -1, found?.leaderEpoch ?? -1)
    }
}
