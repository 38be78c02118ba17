// The records of the metadata log, told apart by their number.

import KafkaMessages
import KafkaWire

/// A record of `__cluster_metadata`. Kafka: `MetadataRecordType`.
public enum MetadataRecord: Sendable, Equatable {
    case registerBroker(RegisterBrokerRecord)
    case unregisterBroker(UnregisterBrokerRecord)
    case topic(TopicRecord)
    case partition(PartitionRecord)
    case config(ConfigRecord)
    case partitionChange(PartitionChangeRecord)
    case fenceBroker(FenceBrokerRecord)
    case unfenceBroker(UnfenceBrokerRecord)
    case removeTopic(RemoveTopicRecord)
    case delegationToken(DelegationTokenRecord)
    case userScramCredential(UserScramCredentialRecord)
    case featureLevel(FeatureLevelRecord)
    case clientQuota(ClientQuotaRecord)
    case producerIds(ProducerIdsRecord)
    case brokerRegistrationChange(BrokerRegistrationChangeRecord)
    case accessControlEntry(AccessControlEntryRecord)
    case removeAccessControlEntry(RemoveAccessControlEntryRecord)
    case noOp(NoOpRecord)
    case zkMigrationState(ZkMigrationStateRecord)
    case removeUserScramCredential(RemoveUserScramCredentialRecord)
    case beginTransaction(BeginTransactionRecord)
    case endTransaction(EndTransactionRecord)
    case abortTransaction(AbortTransactionRecord)
    case removeDelegationToken(RemoveDelegationTokenRecord)
    case registerController(RegisterControllerRecord)
    case clearElr(ClearElrRecord)
}

extension MetadataRecord {
    /// The generated struct inside.
    public var message: any KeyedRecord {
        switch self {
        case .registerBroker(let record): record
        case .unregisterBroker(let record): record
        case .topic(let record): record
        case .partition(let record): record
        case .config(let record): record
        case .partitionChange(let record): record
        case .fenceBroker(let record): record
        case .unfenceBroker(let record): record
        case .removeTopic(let record): record
        case .delegationToken(let record): record
        case .userScramCredential(let record): record
        case .featureLevel(let record): record
        case .clientQuota(let record): record
        case .producerIds(let record): record
        case .brokerRegistrationChange(let record): record
        case .accessControlEntry(let record): record
        case .removeAccessControlEntry(let record): record
        case .noOp(let record): record
        case .zkMigrationState(let record): record
        case .removeUserScramCredential(let record): record
        case .beginTransaction(let record): record
        case .endTransaction(let record): record
        case .abortTransaction(let record): record
        case .removeDelegationToken(let record): record
        case .registerController(let record): record
        case .clearElr(let record): record
        }
    }
}
