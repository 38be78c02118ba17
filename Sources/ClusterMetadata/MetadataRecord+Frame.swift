// How a metadata record lies in the value of a log record.
//
//   frame version (1)   unsigned varint
//   record number       unsigned varint    a schema's apiKey
//   record version      unsigned varint
//   body                the schema's fields at that version

import Bytes
import KafkaMessages
import KafkaWire

extension MetadataRecord {
    /// The frame version that Kafka writes, and the only one there is.
    static let frameVersion: UInt32 = 1

    /// Writes the record with its frame.
    /// - Parameter metadataVersion: what every node of the cluster understands; it decides the record's version.
    func encode(to writer: inout WireWriter, metadataVersion: MetadataVersion) {
        let version = self.version(metadataVersion)
        let message = self.message
        writer.writeUnsignedVarint(Self.frameVersion)
        writer.writeUnsignedVarint(UInt32(type(of: message).apiKey))
        writer.writeUnsignedVarint(UInt32(version))
        message.encode(to: &writer, version: version)
    }

    /// The version that Kafka writes this record at. Those that never changed are at 0.
    private func version(_ metadataVersion: MetadataVersion) -> Int16 {
        switch self {
        case .registerBroker: metadataVersion.registerBrokerRecordVersion
        case .partition: metadataVersion.partitionRecordVersion
        case .partitionChange: metadataVersion.partitionChangeRecordVersion
        case .brokerRegistrationChange(let record): Self.version(of: record)
        default: 0
        }
    }

    /// A change of a registration is written at the lowest version that holds it.
    private static func version(of record: BrokerRegistrationChangeRecord) -> Int16 {
        if record.cordonedLogDirs != nil { return 3 }
        if !record.logDirs.isEmpty { return 2 }
        return record.inControlledShutdown != 0 ? 1 : 0
    }

    /// Reads a record with its frame.
    /// - Throws: also for a frame, a record or a version that this release does not know (`unsupportedVersion`):
    ///   whoever passes over a metadata record no longer knows the cluster.
    init(frame bytes: ByteSlice) throws(WireError) {
        do throws(WireError) {
            self = try Self.decode(frame: bytes)
        } catch {
            guard error.kind == .unsupportedVersion else { throw error }
            throw WireError(
                .unsupportedVersion, "\(error.detail): this release does not know it, a newer Kafka wrote it")
        }
    }

    private static func decode(frame bytes: ByteSlice) throws(WireError) -> MetadataRecord {
        var reader = WireReader(bytes)
        let frameVersion = try reader.readUnsignedVarint()
        guard frameVersion == Self.frameVersion else {
            throw WireError(.unsupportedVersion, "metadata record frame version \(frameVersion)")
        }
        let number = try reader.readUnsignedVarint()
        guard let version = Int16(exactly: try reader.readUnsignedVarint()) else {
            throw WireError(.unsupportedVersion, "the version of metadata record \(number)")
        }
        return try decode(number, version, &reader)
    }

    private static func decode(
        _ number: UInt32, _ version: Int16, _ reader: inout WireReader
    ) throws(WireError) -> MetadataRecord {
        switch Int16(truncatingIfNeeded: min(number, 0x7FFF)) {
        case RegisterBrokerRecord.apiKey: .registerBroker(try .init(from: &reader, version: version))
        case UnregisterBrokerRecord.apiKey: .unregisterBroker(try .init(from: &reader, version: version))
        case TopicRecord.apiKey: .topic(try .init(from: &reader, version: version))
        case PartitionRecord.apiKey: .partition(try .init(from: &reader, version: version))
        case ConfigRecord.apiKey: .config(try .init(from: &reader, version: version))
        case PartitionChangeRecord.apiKey: .partitionChange(try .init(from: &reader, version: version))
        case FenceBrokerRecord.apiKey: .fenceBroker(try .init(from: &reader, version: version))
        case UnfenceBrokerRecord.apiKey: .unfenceBroker(try .init(from: &reader, version: version))
        case RemoveTopicRecord.apiKey: .removeTopic(try .init(from: &reader, version: version))
        case DelegationTokenRecord.apiKey: .delegationToken(try .init(from: &reader, version: version))
        case UserScramCredentialRecord.apiKey: .userScramCredential(try .init(from: &reader, version: version))
        case FeatureLevelRecord.apiKey: .featureLevel(try .init(from: &reader, version: version))
        case ClientQuotaRecord.apiKey: .clientQuota(try .init(from: &reader, version: version))
        case ProducerIdsRecord.apiKey: .producerIds(try .init(from: &reader, version: version))
        case BrokerRegistrationChangeRecord.apiKey:
            .brokerRegistrationChange(try .init(from: &reader, version: version))
        case AccessControlEntryRecord.apiKey: .accessControlEntry(try .init(from: &reader, version: version))
        case RemoveAccessControlEntryRecord.apiKey:
            .removeAccessControlEntry(try .init(from: &reader, version: version))
        case NoOpRecord.apiKey: .noOp(try .init(from: &reader, version: version))
        case ZkMigrationStateRecord.apiKey: .zkMigrationState(try .init(from: &reader, version: version))
        case RemoveUserScramCredentialRecord.apiKey:
            .removeUserScramCredential(try .init(from: &reader, version: version))
        case BeginTransactionRecord.apiKey: .beginTransaction(try .init(from: &reader, version: version))
        case EndTransactionRecord.apiKey: .endTransaction(try .init(from: &reader, version: version))
        case AbortTransactionRecord.apiKey: .abortTransaction(try .init(from: &reader, version: version))
        case RemoveDelegationTokenRecord.apiKey: .removeDelegationToken(try .init(from: &reader, version: version))
        case RegisterControllerRecord.apiKey: .registerController(try .init(from: &reader, version: version))
        case ClearElrRecord.apiKey: .clearElr(try .init(from: &reader, version: version))
        default: throw WireError(.unsupportedVersion, "metadata record number \(number)")
        }
    }
}
