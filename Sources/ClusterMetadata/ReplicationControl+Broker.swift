// This node's broker: how it registers, becomes part of the cluster, and leaves it.

import KafkaMessages
import KafkaWire

extension ReplicationControl {
    /// A new incarnation of this broker. It is fenced at first. Kafka: `ClusterControlManager.registerBroker`.
    func registerBroker(
        epoch: Int64, endpoints: [RegisterBrokerRecord.BrokerEndpoint], rack: String?
    ) -> [MetadataRecord] {
        var record = RegisterBrokerRecord()
        record.brokerId = nodeId
        record.incarnationId = Uuid.random()
        record.brokerEpoch = epoch
        record.endPoints = endpoints
        record.features = ClusterFeature.supported.map { supported in
            var feature = RegisterBrokerRecord.BrokerFeature()
            feature.name = supported.name
            feature.minSupportedVersion = supported.levels.lowerBound
            feature.maxSupportedVersion = supported.levels.upperBound
            return feature
        }
        record.rack = rack
        if state.metadataVersion >= .directoryAssignment { record.logDirs = settings.logDirectoryIds }
        return [.registerBroker(record)]
    }

    /// This node as a controller.
    func registerController(endpoints: [RegisterControllerRecord.ControllerEndpoint]) -> [MetadataRecord] {
        guard state.metadataVersion >= .controllerRegistration else { return [] }
        var record = RegisterControllerRecord()
        record.controllerId = nodeId
        record.incarnationId = Uuid.random()
        record.endPoints = endpoints
        record.features = ClusterFeature.supported.map { supported in
            var feature = RegisterControllerRecord.ControllerFeature()
            feature.name = supported.name
            feature.minSupportedVersion = supported.levels.lowerBound
            feature.maxSupportedVersion = supported.levels.upperBound
            return feature
        }
        return [.registerController(record)]
    }

    private func change(
        epoch: Int64, _ fill: (inout BrokerRegistrationChangeRecord) -> Void
    ) -> MetadataRecord {
        var record = BrokerRegistrationChangeRecord()
        record.brokerId = nodeId
        record.brokerEpoch = epoch
        fill(&record)
        return .brokerRegistrationChange(record)
    }

    /// None of the broker's log directories is cordoned. Kafka's broker says so with its first heartbeat.
    func uncordon(epoch: Int64) -> [MetadataRecord] {
        guard state.metadataVersion >= .cordonedLogDirs else { return [] }
        return [change(epoch: epoch) { $0.cordonedLogDirs = [] }]
    }

    /// The broker takes part, and leads what it can. Every partition gets a new leader epoch: after a stop in order
    /// because it had no leader meanwhile, after another because the log's end may be lost, and followers and consumers
    /// find that out by the epoch.
    func unfence(epoch: Int64) -> [MetadataRecord] {
        var records = [change(epoch: epoch) { $0.fenced = -1 }]
        forEachPartition { id, number, partition in
            guard let change = lead(partition) else { return }
            records.append(named(change, id, number))
        }
        return records
    }

    /// This node becomes the leader; nil when another one leads, or it may not. It has the last committed record when
    /// it is in sync, when it is eligible (KIP-966), or when it is the only replica there is.
    private func lead(_ partition: PartitionRegistration) -> PartitionChangeRecord? {
        guard partition.replicas.contains(nodeId), partition.leader == nodeId || !partition.hasLeader else {
            return nil
        }
        let isEligible =
            partition.isr.contains(nodeId) || (partition.isr.isEmpty && partition.elr.contains(nodeId))
            || partition.replicas == [nodeId]
        guard isEligible else { return nil }
        var change = PartitionChangeRecord()
        change.leader = nodeId
        if partition.isr != [nodeId] { change.isr = [nodeId] }
        if !partition.elr.isEmpty { change.eligibleLeaderReplicas = [] }
        if !partition.lastKnownElr.isEmpty { change.lastKnownElr = [] }
        return change
    }

    /// The broker is about to stop: it gives up what it leads. Kafka: `handleBrokerInControlledShutdown`.
    func beginControlledShutdown(epoch: Int64) -> [MetadataRecord] {
        var records = [change(epoch: epoch) { $0.inControlledShutdown = 1 }]
        forEachPartition { id, number, partition in
            guard partition.leader == nodeId else { return }
            var change = PartitionChangeRecord()
            change.leader = PartitionRegistration.noLeader
            if state.isElrEnabled {
                change.isr = []
                if partition.elr != [nodeId] { change.eligibleLeaderReplicas = [nodeId] }
                if partition.lastKnownElr != [nodeId] { change.lastKnownElr = [nodeId] }
            }
            records.append(named(change, id, number))
        }
        return records
    }

    /// The broker is gone.
    func fence(epoch: Int64) -> [MetadataRecord] { [change(epoch: epoch) { $0.fenced = 1 }] }

    /// Partitions that lie in other directories than the metadata says.
    func assignReplicas(_ directories: [MetadataDelta.Partition: Uuid]) -> [MetadataRecord] {
        guard state.metadataVersion >= .directoryAssignment else { return [] }
        return directories.compactMap { key, directory in
            guard let partition = state.topics[key.topicId]?.partition(key.number),
                let index = partition.replicas.firstIndex(of: nodeId), index < partition.directories.count,
                partition.directories[index] != directory
            else { return nil }
            var change = PartitionChangeRecord()
            change.directories = partition.directories
            change.directories?[index] = directory
            return named(change, key.topicId, key.number)
        }
    }

    private func named(_ change: PartitionChangeRecord, _ topicId: Uuid, _ number: Int32) -> MetadataRecord {
        var change = change
        change.topicId = topicId
        change.partitionId = number
        return .partitionChange(change)
    }

    private func forEachPartition(_ body: (Uuid, Int32, PartitionRegistration) -> Void) {
        for topic in state.topics.all {
            for (number, partition) in topic.partitions.enumerated() where !partition.isAbsent {
                body(topic.id, Int32(number), partition)
            }
        }
    }
}
