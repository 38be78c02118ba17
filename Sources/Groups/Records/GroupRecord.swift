// What `__consumer_offsets` holds: a record for each key type of Kafka's, with its key and value read.

import KafkaMessages

/// A record of `__consumer_offsets`. A value of nil is a tombstone.
///
/// A coordinator's state is what its partition's records say: a change is such a record, written first and applied
/// then.
public enum GroupRecord: Sendable, Equatable {
    case offsetCommit(OffsetCommitKey, OffsetCommitValue?)
    case groupMetadata(GroupMetadataKey, GroupMetadataValue?)
    case consumerGroupMetadata(ConsumerGroupMetadataKey, ConsumerGroupMetadataValue?)
    /// Superseded by the hash in `ConsumerGroupMetadataValue` (KIP-1101); read, and written as a tombstone only.
    case consumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue?)
    case consumerGroupMemberMetadata(ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue?)
    case consumerGroupTargetAssignmentMetadata(
        ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue?)
    case consumerGroupTargetAssignmentMember(
        ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue?)
    case consumerGroupCurrentMemberAssignment(
        ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue?)
    case consumerGroupRegularExpression(ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue?)
    /// A record of a kind of group that is kept as it is: share groups and streams groups.
    case opaque(OpaqueGroupRecord)
}

/// A record whose key type is known and whose group is read, and the rest of which is left as bytes.
public struct OpaqueGroupRecord: Sendable, Equatable {
    /// The number that the key begins with.
    public var keyType: Int16
    public var groupId: String
    /// The whole key, its type included.
    public var key: [UInt8]
    /// The whole value, its version included; nil for a tombstone.
    public var value: [UInt8]?

    public init(keyType: Int16, groupId: String, key: [UInt8], value: [UInt8]?) {
        self.keyType = keyType
        self.groupId = groupId
        self.key = key
        self.value = value
    }
}

extension GroupRecord {
    /// The id of the group that the record is about.
    public var groupId: String {
        switch self {
        case .offsetCommit(let key, _): key.group
        case .groupMetadata(let key, _): key.group
        case .consumerGroupMetadata(let key, _): key.groupId
        case .consumerGroupPartitionMetadata(let key, _): key.groupId
        case .consumerGroupMemberMetadata(let key, _): key.groupId
        case .consumerGroupTargetAssignmentMetadata(let key, _): key.groupId
        case .consumerGroupTargetAssignmentMember(let key, _): key.groupId
        case .consumerGroupCurrentMemberAssignment(let key, _): key.groupId
        case .consumerGroupRegularExpression(let key, _): key.groupId
        case .opaque(let record): record.groupId
        }
    }
}
