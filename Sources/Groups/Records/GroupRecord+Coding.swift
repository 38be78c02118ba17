// The bytes of the records of `__consumer_offsets`: how they are read, and the versions that are written.
//
//   key    type: int16 | fields of the key (version 0 of its schema)
//   value  version: int16 | fields of the value at that version          (null: a tombstone)

import Bytes
import KafkaMessages
import KafkaWire

/// A record's key and value, as they stand in a batch.
public struct GroupRecordBytes: Sendable {
    public var key: ByteSlice
    /// Nil for a tombstone.
    public var value: ByteSlice?

    public init(key: ByteSlice, value: ByteSlice?) {
        self.key = key
        self.value = value
    }
}

extension GroupRecord {
    /// The version of `OffsetCommitValue` that is written; the highest that 4.3.1 writes.
    static let offsetCommitValueVersion: Int16 = 4
    /// The version of `GroupMetadataValue` that is written; 4.3.1 knows a version 4 and does not write it.
    static let groupMetadataValueVersion: Int16 = 3

    /// The key types of share groups and streams groups; the key's first field is the group's id.
    static let opaqueKeyTypes: Set<Int16> = [10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 22, 23]

    /// The bytes to write.
    public func encoded() -> GroupRecordBytes {
        switch self {
        case .offsetCommit(let key, let value):
            Self.bytes(key, value, version: Self.offsetCommitValueVersion)
        case .groupMetadata(let key, let value):
            Self.bytes(key, value, version: Self.groupMetadataValueVersion)
        case .consumerGroupMetadata(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupPartitionMetadata(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupMemberMetadata(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupTargetAssignmentMetadata(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupTargetAssignmentMember(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupCurrentMemberAssignment(let key, let value): Self.bytes(key, value, version: 0)
        case .consumerGroupRegularExpression(let key, let value): Self.bytes(key, value, version: 0)
        case .opaque(let record):
            GroupRecordBytes(
                key: ByteSlice(copying: record.key), value: record.value.map { ByteSlice(copying: $0) })
        }
    }

    private static func bytes<Key: KeyedRecord, Value: KeyedRecord>(
        _ key: Key, _ value: Value?, version: Int16
    ) -> GroupRecordBytes {
        var keyWriter = WireWriter(reserving: 64)
        keyWriter.writeInt16(Key.apiKey)
        key.encode(to: &keyWriter, version: 0)
        guard let value else { return GroupRecordBytes(key: keyWriter.finishBytes(), value: nil) }
        var valueWriter = WireWriter(reserving: 96)
        valueWriter.writeInt16(version)
        value.encode(to: &valueWriter, version: version)
        return GroupRecordBytes(key: keyWriter.finishBytes(), value: valueWriter.finishBytes())
    }

    /// Reads a record. Nil for a key type that this release does not know, which is skipped, as Kafka skips it.
    public init?(key: ByteSlice, value: ByteSlice?) throws(WireError) {
        var keyReader = WireReader(key)
        let type = try keyReader.readInt16()
        switch type {
        case 0, OffsetCommitKey.apiKey:
            self = .offsetCommit(
                try OffsetCommitKey(from: &keyReader, version: 0), try Self.readValue(value))
        case GroupMetadataKey.apiKey:
            self = .groupMetadata(try GroupMetadataKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupMetadataKey.apiKey:
            self = .consumerGroupMetadata(
                try ConsumerGroupMetadataKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupPartitionMetadataKey.apiKey:
            self = .consumerGroupPartitionMetadata(
                try ConsumerGroupPartitionMetadataKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupMemberMetadataKey.apiKey:
            self = .consumerGroupMemberMetadata(
                try ConsumerGroupMemberMetadataKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupTargetAssignmentMetadataKey.apiKey:
            self = .consumerGroupTargetAssignmentMetadata(
                try ConsumerGroupTargetAssignmentMetadataKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupTargetAssignmentMemberKey.apiKey:
            self = .consumerGroupTargetAssignmentMember(
                try ConsumerGroupTargetAssignmentMemberKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupCurrentMemberAssignmentKey.apiKey:
            self = .consumerGroupCurrentMemberAssignment(
                try ConsumerGroupCurrentMemberAssignmentKey(from: &keyReader, version: 0), try Self.readValue(value))
        case ConsumerGroupRegularExpressionKey.apiKey:
            self = .consumerGroupRegularExpression(
                try ConsumerGroupRegularExpressionKey(from: &keyReader, version: 0), try Self.readValue(value))
        case let type where Self.opaqueKeyTypes.contains(type):
            let groupId = try keyReader.readString("groupId", flexible: false)
            self = .opaque(
                OpaqueGroupRecord(keyType: type, groupId: groupId, key: key.array, value: value?.array))
        default: return nil
        }
    }

    private static func readValue<Value: KeyedRecord>(_ value: ByteSlice?) throws(WireError) -> Value? {
        guard let value else { return nil }
        var reader = WireReader(value)
        let version = try reader.readInt16()
        return try Value(from: &reader, version: version)
    }
}
