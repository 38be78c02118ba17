// What the records of the metadata log add up to.

import KafkaMessages
import KafkaWire

/// The cluster as the metadata log's records describe it: a value, changed by replaying records one after the other.
/// Kafka: `MetadataImage` and what its deltas apply.
///
/// Copying it copies a few references; what a change touches is copied then (`ShardedDictionary`).
public struct MetadataState: Sendable, Equatable {
    /// The offset of the last record replayed; -1 before the first.
    public internal(set) var offset: Int64 = -1
    /// The epoch of the last record replayed.
    public internal(set) var epoch: Int32 = -1
    /// The append time of the last record replayed (ms since 1970).
    public internal(set) var timestampMs: Int64 = -1

    public internal(set) var topics = TopicsImage()
    public internal(set) var cluster = ClusterImage()
    public internal(set) var configurations = ConfigurationsImage()
    /// The finalized features' levels, `metadata.version` among them; a feature at level 0 is not there.
    public internal(set) var features: [String: Int16] = [:]
    /// The first producer id that no broker has been given.
    public internal(set) var nextProducerId: Int64 = 0
    public internal(set) var security = SecurityImage()
    public internal(set) var clientQuotas: [ClientQuotaKey: Double] = [:]

    public init() {}

    public var metadataVersion: MetadataVersion {
        features[ClusterFeature.metadataVersion].map(MetadataVersion.init) ?? .minimum
    }

    /// Whether eligible leader replicas are kept (KIP-966).
    public var isElrEnabled: Bool {
        metadataVersion >= .eligibleLeaderReplicas && (features[ClusterFeature.eligibleLeaderReplicas] ?? 0) >= 1
    }
}

/// What a client quota is set on: an entity, such as user `a` with client id `b`, and the quota's name.
public struct ClientQuotaKey: Hashable, Sendable {
    /// The entity's parts, sorted by type; a nil name is the type's default.
    public struct Part: Hashable, Sendable {
        public let type: String
        public let name: String?
    }

    public let entity: [Part]
    public let quota: String

    init(_ record: ClientQuotaRecord) {
        entity = record.entity.map { Part(type: $0.entityType, name: $0.entityName) }.sorted { $0.type < $1.type }
        quota = record.key
    }

    func record(value: Double) -> ClientQuotaRecord {
        var record = ClientQuotaRecord()
        record.entity = entity.map { part in
            var data = ClientQuotaRecord.EntityData()
            data.entityType = part.type
            data.entityName = part.name
            return data
        }
        record.key = quota
        record.value = value
        return record
    }
}

/// Access control lists, SCRAM credentials and delegation tokens, as their records give them.
public struct SecurityImage: Sendable, Equatable {
    struct ScramKey: Hashable, Sendable {
        let user: String
        let mechanism: Int8
    }

    public internal(set) var accessControlEntries: [Uuid: AccessControlEntryRecord] = [:]
    var scramCredentials: [ScramKey: UserScramCredentialRecord] = [:]
    /// By token id.
    public internal(set) var delegationTokens: [String: DelegationTokenRecord] = [:]

    /// A user's credential; nil when it has none for the mechanism (1: SCRAM-SHA-256, 2: SCRAM-SHA-512).
    public func scramCredential(user: String, mechanism: Int8) -> UserScramCredentialRecord? {
        scramCredentials[ScramKey(user: user, mechanism: mechanism)]
    }
}
