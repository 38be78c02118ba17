// The group coordinator: which partition of `__consumer_offsets` a group belongs to, and who takes care of it.

import ClusterMetadata
import Configuration
import EventLoop
import Groups
import KafkaMessages
import KafkaWire
import LogStorage
import Logging
import Replication
import Synchronization

/// Coordinates the groups of this node. Kafka: `GroupCoordinatorService`.
///
/// Each partition of `__consumer_offsets` has a host with a shard, which belongs to one event loop; the partitions are
/// spread over the loops. Callable from any thread.
final class GroupCoordinator: Sendable {
    private struct State: Sendable {
        var topicId: Uuid?
        var hosts: [GroupShardHost] = []
        /// Who wants to know when there are hosts.
        var waiting: [@Sendable (Bool) -> Void] = []
        var isStopped = false
        var config: GroupCoordinatorConfig
    }

    private let broker: BrokerConfiguration
    private let loops: EventLoopGroup
    private let partitions: Partitions
    private let log = Logger("groups")
    private let state: Mutex<State>
    /// Reads partitions at start.
    private let readers = WorkerPool(maxThreads: 2, name: "group-loader")

    init(configuration: BrokerConfiguration, loops: EventLoopGroup, partitions: Partitions) {
        broker = configuration
        self.loops = loops
        self.partitions = partitions
        state = Mutex(State(config: GroupCoordinatorConfig(configuration)))
    }

    // MARK: Where a group is

    /// The host of a group's partition; nil while there is no `__consumer_offsets` on this node.
    func host(of groupId: String) -> GroupShardHost? {
        state.withLock { state in
            guard !state.hosts.isEmpty, !state.isStopped else { return nil }
            return state.hosts[Int(JavaHash.partition(of: groupId, count: Int32(state.hosts.count)))]
        }
    }

    /// The groups by the host of their partition; under nil while there is no `__consumer_offsets` on this node.
    func hosts(of groupIds: [String]) -> [(host: GroupShardHost?, groupIds: [String])] {
        let hosts = self.hosts
        guard !hosts.isEmpty else { return [(nil, groupIds)] }
        let shares = Dictionary(grouping: groupIds) { JavaHash.partition(of: $0, count: Int32(hosts.count)) }
        return shares.map { (hosts[Int($0.key)], $0.value) }
    }

    /// All hosts, by partition.
    var hosts: [GroupShardHost] { state.withLock { $0.isStopped ? [] : $0.hosts } }

    /// Hands a request to the shard of its group. `answer` is called once, on any thread: with the shard's reply, or
    /// with the error that the request fails with.
    func perform(
        group groupId: String, _ operation: @escaping GroupShardHost.Operation,
        answer: @escaping GroupShardHost.Answer
    ) {
        guard let host = host(of: groupId) else { return answer(.failure(GroupError(.notCoordinator))) }
        host.perform(operation, answer: answer)
    }

    /// Calls `completion` as soon as groups are taken care of here: `__consumer_offsets` is in the metadata a moment
    /// before its partitions are hosted. With false when the broker stops. On any thread.
    func whenCoordinating(_ completion: @escaping @Sendable (Bool) -> Void) {
        let isCoordinating = state.withLock { state -> Bool? in
            if state.isStopped { return false }
            if !state.hosts.isEmpty { return true }
            state.waiting.append(completion)
            return nil
        }
        if let isCoordinating { completion(isCoordinating) }
    }

    // MARK: What happens around it

    /// Takes up the partitions that the image has: at the start.
    func start(_ image: MetadataImage) {
        host(image)
    }

    /// Takes the broker's settings as they are now: the dynamic ones change.
    func follow(_ configuration: BrokerConfiguration) {
        let config = GroupCoordinatorConfig(configuration)
        let hosts = state.withLock { state in
            state.config = config
            return state.hosts
        }
        for host in hosts { host.reconfigure(config) }
    }

    /// Follows a change of the metadata, before whoever asked for it is answered.
    func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        if let gone = delta.deletedTopics.first(where: { $0.name == TopicName.groupMetadata }) { resign(gone.id) }
        host(image)
        let touchesTopics =
            !delta.createdTopics.isEmpty || !delta.deletedTopics.isEmpty || !delta.changedPartitions.isEmpty
        let touchesGroups = delta.changedConfigurations.contains {
            $0.type == ConfigResourceType.group.rawValue
        }
        guard touchesTopics || touchesGroups else { return }
        let deleted = delta.deletedTopics.map(\.name).filter { image.topic($0) == nil }
        let view = ImageTopics(image)
        for host in hosts { host.topicsChanged(to: view, deleted: deleted) }
    }

    /// Answers every request that waits with NOT_COORDINATOR, and takes no more. Before the loops stop.
    func stop() {
        let (hosts, waiting) = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [] }
            return (state.hosts, state.waiting)
        }
        for completion in waiting { completion(false) }
        for host in hosts { host.resign() }
        readers.shutdown()
    }

    private func resign(_ topicId: Uuid) {
        let hosts = state.withLock { state -> [GroupShardHost] in
            guard state.topicId == topicId else { return [] }
            defer { (state.topicId, state.hosts) = (nil, []) }
            return state.hosts
        }
        for host in hosts { host.resign() }
    }

    /// Makes a host for each partition of `__consumer_offsets`, and has it loaded.
    private func host(_ image: MetadataImage) {
        guard let topic = image.topic(TopicName.groupMetadata) else { return }
        let view = ImageTopics(image)
        let added = state.withLock { state -> [GroupShardHost] in
            guard !state.isStopped, state.hosts.count < topic.partitionCount else { return [] }
            // Kafka's coordinator does not follow either when somebody adds partitions: groups would change their
            // place.
            guard state.hosts.isEmpty else { return [] }
            state.topicId = topic.id
            let config = state.config
            state.hosts = (0..<topic.partitionCount).map { index in
                GroupShardHost(
                    index: Int32(index), loop: loops.loops[index % loops.loops.count], partitions: partitions,
                    config: config, topics: view, compressionCodec: broker.offsetsTopicCompressionCodec)
            }
            return state.hosts
        }
        guard !added.isEmpty else { return }
        for host in added {
            host.load(on: readers, bufferBytes: Int(broker.offsetsLoadBufferSize), log: log)
        }
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for completion in waiting { completion(true) }
    }
}

/// The error that a whole request fails with.
struct GroupError: Error {
    let code: ErrorCode

    init(_ code: ErrorCode) { self.code = code }
}
