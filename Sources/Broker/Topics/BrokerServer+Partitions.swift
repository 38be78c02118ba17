// What the metadata says of partitions, done to the logs of this node. Kafka: `BrokerMetadataPublisher`,
// `ReplicaManager.applyDelta`.

import ClusterMetadata
import Configuration
import EventLoop
import KafkaWire
import LogStorage
import Replication

extension BrokerServer {
    /// Hosts every partition of the image: at the start.
    func hostAll(_ image: MetadataImage) {
        follow(effectiveConfiguration(in: image))
        for topic in image.topics.all { host(topic, image) }
    }

    private func follow(_ effective: BrokerConfiguration) {
        for sentence in effective.capped { log.warn(sentence) }
        topicConfigs.follow(effective)
        groups.follow(effective)
        logs.updateCleaner(CleanerSettings(effective))
        logs.updateDeletionDelay(ms: effective.logSegmentDeleteDelayMs)
        sockets.updateConnectionLimits(ConnectionLimits(effective))
    }

    /// The broker's configuration with the dynamic settings of `image` in force. KIP-226.
    func effectiveConfiguration(in image: MetadataImage) -> BrokerConfiguration {
        do throws(InvalidConfiguration) {
            return try configuration.applying(
                dynamicDefaults: image.configurations[.allBrokers],
                dynamicSettings: image.configurations[.broker(nodeId)], capping: true)
        } catch {
            // The controller let them in; a change of the file can make them wrong afterwards. Kafka takes none then
            // either.
            log.error("The dynamic settings of this broker are left out: \(error.message)")
            return configuration
        }
    }

    /// Follows a change of the metadata. On the controller's thread, before the one who asked for the change is
    /// answered.
    func metadataChanged(_ delta: MetadataDelta, _ image: MetadataImage) {
        for topic in delta.deletedTopics { dismiss(topic) }
        for resource in delta.changedConfigurations where resource.type == ConfigResourceType.topic.rawValue {
            reconfigure(topic: resource.name, image)
        }
        if delta.changedConfigurations.contains(where: { $0.type == ConfigResourceType.broker.rawValue }) {
            follow(effectiveConfiguration(in: image))
            for topic in image.topics.all { reconfigure(topic: topic.name, image) }
        }
        for id in Set(delta.changedPartitions.map(\.topicId)) {
            if let topic = image.topics[id] { host(topic, image) }
        }
        groups.metadataChanged(delta, image)
    }

    /// Makes the logs of a topic's new partitions, and leads its partitions in the epochs that the controller gave
    /// them.
    private func host(_ topic: TopicImage, _ image: MetadataImage) {
        let known = partitions.topic(topic.id)?.partitions ?? []
        for (partition, registration) in zip(known, topic.partitions) {
            guard let partition, partition.leaderEpoch != registration.leaderEpoch else { continue }
            do throws(LogError) {
                try partition.becomeLeader(inEpoch: registration.leaderEpoch)
            } catch {
                log.error("Cannot lead \(partition.log.topicPartition): \(error.message)")
            }
        }
        guard topic.partitionCount > known.count else { return }
        let config = topicConfigs.config(overrides: image.settings(ofTopic: topic.name))
        let added = (known.count..<topic.partitionCount).map { lead(topic, Int32($0), config) }
        partitions.add(topicId: topic.id, topic: topic.name, partitions: added)
    }

    /// Opens one partition; nil when this node does not lead it, or its log is offline.
    private func lead(_ topic: TopicImage, _ number: Int32, _ config: SharedLogConfig) -> Partition? {
        let registration = topic.partitions[Int(number)]
        guard registration.leader == nodeId else { return nil }
        let name = TopicPartition(topic: topic.name, partition: number)
        do throws(LogError) {
            let log = try logs.createLog(
                name, topicId: topic.id, config: config, directoryId: registration.directory(of: nodeId))
            let partition = Partition(
                topicId: topic.id, topic: topic.name, index: number, log: log, leaderEpoch: registration.leaderEpoch)
            try log.assignLeaderEpoch(registration.leaderEpoch)
            return partition
        } catch {
            log.error("Partition \(name) is offline: \(error.message)")
            return nil
        }
    }

    /// Forgets a deleted topic; its files go in the background.
    private func dismiss(_ topic: TopicImage) {
        _ = partitions.remove(topicId: topic.id)
        for number in topic.partitions.indices {
            let name = TopicPartition(topic: topic.name, partition: Int32(number))
            // A topic of the same name may be there again by now.
            guard logs.log(name)?.topicId == topic.id else { continue }
            do throws(LogError) {
                try logs.deleteLog(name)
            } catch {
                log.error("Cannot delete \(name): \(error.message)")
            }
        }
        log.info("Deleted topic \(topic.name)")
    }

    private func reconfigure(topic name: String, _ image: MetadataImage) {
        guard let topic = image.topic(name), let hosted = partitions.topic(topic.id) else { return }
        let config = topicConfigs.config(overrides: image.settings(ofTopic: name))
        for partition in hosted.partitions { partition?.log.updateConfig(config) }
    }

    /// Sets aside the logs of topics that the metadata does not know: they were deleted while this directory was away.
    /// So it does with those of which a crash left nobody to say whose they are.
    func setAsideStrayLogs(_ image: MetadataImage) {
        for log in logs.logs {
            let name = log.topicPartition
            let topic = image.topic(name.topic).flatMap { $0.partition(name.partition) == nil ? nil : $0.id }
            guard logs.isStray(log, of: topic) else { continue }
            do throws(LogError) {
                try logs.setAsideLog(name)
                self.log.warn("\(name) is no partition of this cluster: its directory is set aside as \(log.path)")
            } catch {
                self.log.error("Cannot set \(name) aside: \(error.message)")
            }
        }
    }
}
