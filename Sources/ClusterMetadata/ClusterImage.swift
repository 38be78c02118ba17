// The brokers and controllers that have registered.

import KafkaMessages
import KafkaWire

/// A registered broker. Kafka: `BrokerRegistration`.
public struct BrokerRegistration: Sendable, Equatable {
    public var id: Int32
    /// The offset of the registration's batch in the metadata log.
    public var epoch: Int64
    /// New with every start of the broker.
    public var incarnationId: Uuid
    public var endpoints: [RegisterBrokerRecord.BrokerEndpoint]
    public var features: [RegisterBrokerRecord.BrokerFeature]
    public var rack: String?
    /// It takes no part: clients do not see it, and it leads nothing.
    public var isFenced: Bool
    public var isInControlledShutdown: Bool
    /// The ids of its log directories.
    public var logDirs: [Uuid]
    /// nil: not known (before 4.3-IV0).
    public var cordonedLogDirs: [Uuid]?
    var isMigratingZkBroker: Bool

    init(_ record: RegisterBrokerRecord) {
        id = record.brokerId
        epoch = record.brokerEpoch
        incarnationId = record.incarnationId
        endpoints = record.endPoints
        features = record.features
        rack = record.rack
        isFenced = record.fenced
        isInControlledShutdown = record.inControlledShutdown
        logDirs = record.logDirs
        cordonedLogDirs = record.cordonedLogDirs
        isMigratingZkBroker = record.isMigratingZkBroker
    }

    /// The endpoint of a listener.
    public func endpoint(_ listener: String) -> RegisterBrokerRecord.BrokerEndpoint? {
        endpoints.first { $0.name == listener }
    }

    /// Whether it may hold new replicas and lead.
    var isActive: Bool { !isFenced && !isInControlledShutdown }

    mutating func apply(_ record: BrokerRegistrationChangeRecord) {
        if record.fenced != 0 { isFenced = record.fenced > 0 }
        if record.inControlledShutdown != 0 { isInControlledShutdown = record.inControlledShutdown > 0 }
        if !record.logDirs.isEmpty { logDirs = record.logDirs }
        if let cordoned = record.cordonedLogDirs { cordonedLogDirs = cordoned }
    }

    var record: RegisterBrokerRecord {
        var record = RegisterBrokerRecord()
        record.brokerId = id
        record.isMigratingZkBroker = isMigratingZkBroker
        record.incarnationId = incarnationId
        record.brokerEpoch = epoch
        record.endPoints = endpoints
        record.features = features
        record.rack = rack
        record.fenced = isFenced
        record.inControlledShutdown = isInControlledShutdown
        record.logDirs = logDirs
        record.cordonedLogDirs = cordonedLogDirs
        return record
    }
}

/// Who has registered. Kafka: `ClusterImage`.
public struct ClusterImage: Sendable, Equatable {
    public internal(set) var brokers: [Int32: BrokerRegistration] = [:]
    public internal(set) var controllers: [Int32: RegisterControllerRecord] = [:]

    /// The brokers that clients see.
    public var unfencedBrokers: [BrokerRegistration] {
        brokers.values.filter { !$0.isFenced }.sorted { $0.id < $1.id }
    }
}
