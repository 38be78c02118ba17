// The records that make a state from nothing: what a snapshot holds.

import KafkaMessages
import KafkaWire

extension MetadataState {
    /// Hands every record of the state to `emit`, in Kafka's order: features (`metadata.version` first, for it decides
    /// how the others are read), registrations, topics, configurations, quotas, producer ids, security. Kafka:
    /// `MetadataImage.write`.
    func forEachRecord(_ emit: (MetadataRecord) -> Void) {
        emitFeatures(emit)
        for id in cluster.brokers.keys.sorted() {
            if let broker = cluster.brokers[id] { emit(.registerBroker(broker.record)) }
        }
        if metadataVersion >= .controllerRegistration {
            for id in cluster.controllers.keys.sorted() {
                if let controller = cluster.controllers[id] { emit(.registerController(controller)) }
            }
        }
        for topic in topics.all { Self.emit(topic, emit) }
        for (resource, settings) in configurations.entries {
            for name in settings.keys.sorted() { emit(.config(resource.record(name, settings[name]))) }
        }
        for (key, value) in clientQuotas { emit(.clientQuota(key.record(value: value))) }
        if nextProducerId > 0 {
            var record = ProducerIdsRecord()
            record.brokerId = -1
            record.brokerEpoch = -1
            record.nextProducerId = nextProducerId
            emit(.producerIds(record))
        }
        for entry in security.accessControlEntries.values { emit(.accessControlEntry(entry)) }
        for credential in security.scramCredentials.values { emit(.userScramCredential(credential)) }
        for token in security.delegationTokens.values { emit(.delegationToken(token)) }
    }

    private func emitFeatures(_ emit: (MetadataRecord) -> Void) {
        var names = features.keys.sorted()
        if let index = names.firstIndex(of: ClusterFeature.metadataVersion) {
            names.insert(names.remove(at: index), at: 0)
        }
        for name in names {
            var record = FeatureLevelRecord()
            record.name = name
            record.featureLevel = features[name] ?? 0
            emit(.featureLevel(record))
        }
    }

    private static func emit(_ topic: TopicImage, _ emit: (MetadataRecord) -> Void) {
        var record = TopicRecord()
        record.name = topic.name
        record.topicId = topic.id
        emit(.topic(record))
        for (number, partition) in topic.partitions.enumerated() where !partition.isAbsent {
            emit(.partition(partition.record(topicId: topic.id, partition: Int32(number))))
        }
    }
}

extension ConfigResource {
    /// The record that sets a key, or takes it back when `value` is nil.
    func record(_ name: String, _ value: String?) -> ConfigRecord {
        var record = ConfigRecord()
        record.resourceType = type
        record.resourceName = self.name
        record.name = name
        record.value = value
        return record
    }
}
