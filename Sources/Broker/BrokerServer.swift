// The broker: what its handlers work with.

import ClusterMetadata
import Configuration
import EventLoop
import KafkaMessages
import KafkaWire
import LogStorage
import Logging
import Replication

/// One node. Everything in it is made before the first connection and lives until the last one is closed.
final class BrokerServer: Sendable {
    let configuration: BrokerConfiguration
    let metadata: MetadataPublisher
    let partitions = Partitions()
    let fetchSessions: FetchSessionCache
    let log = Logger("broker")

    init(configuration: BrokerConfiguration, metadata: MetadataPublisher) {
        self.configuration = configuration
        self.metadata = metadata
        fetchSessions = FetchSessionCache(
            maxEntries: Int(configuration.maxIncrementalFetchSessionCacheSlots),
            evictionMs: FetchSessionCache.evictionMs)
    }

    var nodeId: Int32 { metadata.current.nodeId }
    var clusterId: String { metadata.current.clusterId }

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
