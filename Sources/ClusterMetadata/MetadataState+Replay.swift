// What each record does to the cluster's state.

import KafkaMessages
import KafkaWire

/// A record that does not fit what came before it: the log is damaged, or written by something unknown.
public struct MetadataReplayError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// The record is whole, and this release must not go by it: another one wrote it.
    let isOfAnotherRelease: Bool

    init(_ description: String, isOfAnotherRelease: Bool = false) {
        self.description = description
        self.isOfAnotherRelease = isOfAnotherRelease
    }
}

extension MetadataState {
    /// Applies one record, and notes in `delta` what it changed. Transactions are resolved before (`MetadataReplay`).
    mutating func replay(_ record: MetadataRecord, delta: inout MetadataDelta) throws(MetadataReplayError) {
        switch record {
        case .topic(let record): replay(record, &delta)
        case .partition(let record): try replay(record, &delta)
        case .partitionChange(let record): try replay(record, &delta)
        case .removeTopic(let record): try replay(record, &delta)
        case .clearElr(let record): try replay(record, &delta)
        case .config(let record):
            configurations.apply(record)
            delta.changedConfigurations.insert(
                ConfigResource(type: record.resourceType, name: record.resourceName))
        case .featureLevel(let record):
            features[record.name] = record.featureLevel == 0 ? nil : record.featureLevel
            delta.featuresChanged = true
        case .producerIds(let record): nextProducerId = record.nextProducerId
        case .registerBroker, .unregisterBroker, .fenceBroker, .unfenceBroker, .brokerRegistrationChange,
            .registerController:
            try replayRegistration(record)
            delta.clusterChanged = true
        case .clientQuota(let record):
            clientQuotas[ClientQuotaKey(record)] = record.remove ? nil : record.value
            delta.clientQuotasChanged = true
        case .accessControlEntry, .removeAccessControlEntry, .userScramCredential, .removeUserScramCredential,
            .delegationToken, .removeDelegationToken:
            security.replay(record)
            delta.securityChanged = true
        case .noOp, .zkMigrationState, .beginTransaction, .endTransaction, .abortTransaction: break
        }
    }

    private mutating func replay(_ record: TopicRecord, _ delta: inout MetadataDelta) {
        topics.insert(TopicImage(name: record.name, id: record.topicId))
        delta.createdTopics.append(record.topicId)
    }

    private mutating func replay(_ record: PartitionRecord, _ delta: inout MetadataDelta) throws(MetadataReplayError) {
        let number = record.partitionId
        guard number >= 0, number <= TopicsImage.maxPartitionNumber else {
            throw MetadataReplayError("partition number \(number) of topic \(record.topicId)")
        }
        let found: Void? = topics.update(record.topicId) { topic in
            while topic.partitions.count <= Int(number) { topic.partitions.append(.absent) }
            var partition = PartitionRegistration(record)
            if let before = topic.partitions.first, !before.isAbsent { partition.share(with: before) }
            topic.partitions[Int(number)] = partition
        }
        guard found != nil else {
            throw MetadataReplayError("partition \(number) of topic \(record.topicId), which does not exist")
        }
        delta.changedPartitions.insert(MetadataDelta.Partition(topicId: record.topicId, number: number))
    }

    private mutating func replay(
        _ record: PartitionChangeRecord, _ delta: inout MetadataDelta
    ) throws(MetadataReplayError) {
        let number = record.partitionId
        let found: Bool? = topics.update(record.topicId) { topic in
            guard topic.partitions.indices.contains(Int(number)), !topic.partitions[Int(number)].isAbsent else {
                return false
            }
            topic.partitions[Int(number)].apply(record)
            if number > 0 {
                let first = topic.partitions[0]
                topic.partitions[Int(number)].share(with: first)
            }
            return true
        }
        guard found == true else {
            throw MetadataReplayError(
                "a change of partition \(number) of topic \(record.topicId), which does not exist")
        }
        delta.changedPartitions.insert(MetadataDelta.Partition(topicId: record.topicId, number: number))
    }

    private mutating func replay(
        _ record: RemoveTopicRecord, _ delta: inout MetadataDelta
    ) throws(MetadataReplayError) {
        guard let topic = topics.remove(record.topicId) else {
            throw MetadataReplayError("the removal of topic \(record.topicId), which does not exist")
        }
        configurations.remove(.topic(topic.name))
        delta.deletedTopics.append(topic)
    }

    /// Eligible leader replicas end when the number of in-sync replicas that is asked for changes. No name: all topics.
    private mutating func replay(_ record: ClearElrRecord, _ delta: inout MetadataDelta) throws(MetadataReplayError) {
        var ids: [Uuid] = []
        if record.topicName.isEmpty {
            ids = Array(topics.ids)
        } else {
            guard let id = topics.id(of: record.topicName) else {
                throw MetadataReplayError("a change of topic \(record.topicName), which does not exist")
            }
            ids = [id]
        }
        for id in ids
        where topics[id]?.partitions.contains(where: { !$0.elr.isEmpty || !$0.lastKnownElr.isEmpty }) == true {
            topics.update(id) { topic in
                for number in topic.partitions.indices {
                    topic.partitions[number].elr = []
                    topic.partitions[number].lastKnownElr = []
                }
            }
        }
    }

    private mutating func replayRegistration(_ record: MetadataRecord) throws(MetadataReplayError) {
        switch record {
        case .registerBroker(let record): cluster.brokers[record.brokerId] = BrokerRegistration(record)
        case .registerController(let record): cluster.controllers[record.controllerId] = record
        case .unregisterBroker(let record): cluster.brokers[record.brokerId] = nil
        case .brokerRegistrationChange(let record):
            guard cluster.brokers[record.brokerId]?.epoch == record.brokerEpoch else {
                throw MetadataReplayError(
                    "a change of broker \(record.brokerId) at epoch \(record.brokerEpoch), which is not registered")
            }
            cluster.brokers[record.brokerId]?.apply(record)
        case .fenceBroker(let record): cluster.brokers[record.id]?.isFenced = true
        case .unfenceBroker(let record): cluster.brokers[record.id]?.isFenced = false
        default: preconditionFailure("not a registration")
        }
    }
}

extension SecurityImage {
    mutating func replay(_ record: MetadataRecord) {
        switch record {
        case .accessControlEntry(let record): accessControlEntries[record.id] = record
        case .removeAccessControlEntry(let record): accessControlEntries[record.id] = nil
        case .userScramCredential(let record):
            scramCredentials[ScramKey(user: record.name, mechanism: record.mechanism)] = record
        case .removeUserScramCredential(let record):
            scramCredentials[ScramKey(user: record.name, mechanism: record.mechanism)] = nil
        case .delegationToken(let record): delegationTokens[record.tokenId] = record
        case .removeDelegationToken(let record): delegationTokens[record.tokenId] = nil
        default: preconditionFailure("not a record of security")
        }
    }
}
