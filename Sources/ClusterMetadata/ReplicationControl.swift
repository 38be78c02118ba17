// Decisions over topics and partitions. What they need is in the state; what they decide is in the records.

import Configuration
import KafkaMessages
import KafkaWire

/// The controller's decisions over topics, partitions and brokers, on the state with everything decided so far.
/// It does no IO and has no clock. Kafka: `ReplicationControlManager`, `ClusterControlManager`.
struct ReplicationControl {
    let state: MetadataState
    let settings: ControllerSettings

    var nodeId: Int32 { settings.nodeId }

    /// The brokers that hold replicas of a partition, and in which of their directories.
    struct Assignment {
        var replicas: [Int32]
        var directories: [Uuid]
    }

    /// Whether a broker may hold new replicas and lead.
    func isActive(_ broker: Int32) -> Bool { state.cluster.brokers[broker]?.isActive == true }

    /// Chooses log directories for new replicas on this node: always the one with the fewest partitions.
    /// Kafka: `LogManager.nextLogDirs`, which chooses when the broker makes the log.
    struct DirectoryChooser {
        private var counts: [(id: Uuid, partitions: Int)] = []

        init(_ control: ReplicationControl) {
            let registered = control.state.cluster.brokers[control.nodeId]?.logDirs ?? []
            let usable = control.settings.logDirectoryIds.isEmpty ? registered : control.settings.logDirectoryIds
            counts = usable.map { ($0, 0) }
            guard counts.count > 1 else { return }
            for topic in control.state.topics.all {
                for partition in topic.partitions {
                    guard let directory = partition.directory(of: control.nodeId) else { continue }
                    if let index = counts.firstIndex(where: { $0.id == directory }) { counts[index].partitions += 1 }
                }
            }
        }

        mutating func next() -> Uuid {
            guard var best = counts.indices.first else { return DirectoryId.unassigned }
            for index in counts.indices where counts[index].partitions < counts[best].partitions { best = index }
            counts[best].partitions += 1
            return counts[best].id
        }
    }

    /// Places one partition's replicas.
    func assign(_ replicas: [Int32], _ directories: inout DirectoryChooser) -> Assignment {
        Assignment(
            replicas: replicas,
            directories: replicas.map { $0 == nodeId ? directories.next() : defaultDirectory(of: $0) })
    }

    /// Another broker's directory, where it has only one; else it chooses itself. Kafka:
    /// `ClusterControlManager.defaultDir`.
    private func defaultDirectory(of broker: Int32) -> Uuid {
        let directories = state.cluster.brokers[broker]?.logDirs ?? []
        if directories.isEmpty { return DirectoryId.migrating }
        return directories.count == 1 ? directories[0] : DirectoryId.unassigned
    }

    /// The replicas that new partitions get by default. A cluster of one node has one choice; with registrations of
    /// other brokers left over in the log, only this node is alive. Kafka: `StripedReplicaPlacer`.
    func place(replicationFactor: Int16) throws(ApiError) -> [Int32] {
        let registered = state.cluster.brokers
        guard registered.values.contains(where: { !$0.isFenced }) else {
            throw ApiError(.invalidReplicationFactor, "All brokers are currently fenced.")
        }
        guard Int(replicationFactor) <= registered.count else {
            throw ApiError(
                .invalidReplicationFactor,
                "The target replication factor of \(replicationFactor) cannot be reached because only "
                    + "\(registered.count) broker(s) are registered or some brokers have all their log directories cordoned."
            )
        }
        // Alive brokers first, as Kafka places them.
        let order = registered.values.sorted { ($0.isFenced ? 1 : 0, $0.id) < ($1.isFenced ? 1 : 0, $1.id) }
        return order.prefix(Int(replicationFactor)).map(\.id)
    }

    /// The in-sync replicas that a new partition starts with.
    func initialIsr(_ replicas: [Int32]) -> [Int32] { replicas.filter(isActive) }

    /// Checks replicas that a request names. Kafka: `validateManualPartitionAssignment`.
    func validate(replicas: [Int32], expectedCount: Int?) throws(ApiError) {
        let start = "The manual partition assignment includes "
        func refuse(_ text: String) -> ApiError { ApiError(.invalidReplicaAssignment, start + text) }
        if replicas.isEmpty { throw refuse("an empty replica list.") }
        var previous: Int32?
        for broker in replicas.sorted() {
            if state.cluster.brokers[broker] == nil {
                throw refuse("broker \(broker), but no such broker is registered.")
            }
            if broker == previous { throw refuse("the broker \(broker) more than once.") }
            previous = broker
        }
        if let expectedCount, replicas.count != expectedCount {
            throw refuse(
                "a partition with \(replicas.count) replica(s), but this is not consistent with previous partitions, "
                    + "which have \(expectedCount) replica(s).")
        }
    }

    /// The record of a new partition.
    func newPartition(topicId: Uuid, number: Int32, _ assignment: Assignment, isr: [Int32]) -> MetadataRecord {
        let partition = PartitionRegistration(
            replicas: assignment.replicas, directories: assignment.directories, isr: isr)
        return .partition(partition.record(topicId: topicId, partition: number))
    }
}
