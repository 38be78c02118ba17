// What every kind of group has in common, and the kinds there are.

import KafkaWire

/// A group's kind, by the name that ListGroups gives it (KIP-848, KIP-932, KIP-1071).
public enum GroupKind: String, Sendable {
    case classic, consumer, share, streams
}

/// What the offsets and the APIs that deal with any group ask of one.
protocol CoordinatedGroup: AnyObject {
    var groupId: String { get }
    var kind: GroupKind { get }
    /// The protocol type that ListGroups shows: `consumer`, `share`, or what classic members said.
    var protocolTypeText: String { get }
    /// The state that ListGroups shows, such as `Stable`.
    var stateText: String { get }
    /// No member is left.
    var isEmpty: Bool { get }

    /// Whether a member may commit. `generation` is the classic generation or the member's epoch.
    func checkOffsetCommit(
        memberId: String, groupInstanceId: String?, generation: Int32, isTransactional: Bool, apiVersion: Int16
    ) -> ErrorCode
    /// Whether the offsets may be read; a nil `memberId` and an epoch below zero mean that nobody in particular asks.
    func checkOffsetFetch(memberId: String?, memberEpoch: Int32) -> ErrorCode
    /// Whether DeleteGroups may delete the group.
    func checkDelete() -> ErrorCode
    /// Whether OffsetDelete may delete offsets.
    func checkOffsetDelete() -> ErrorCode
    /// Whether a member is subscribed to the topic: its offsets are kept then.
    func isSubscribed(to topic: String) -> Bool
    /// The time from which on an offset grows old, in milliseconds; nil while offsets do not.
    func offsetAgesFrom(commitTimestampMs: Int64) -> Int64?
    /// The records that delete the group, without its offsets.
    func tombstones() -> [GroupRecord]
}

/// A group of a shard.
enum Group {
    case classic(ClassicGroup)
    case consumer(ConsumerGroup)
    case opaque(OpaqueGroup)

    /// What all kinds have.
    var any: any CoordinatedGroup {
        switch self {
        case .classic(let group): group
        case .consumer(let group): group
        case .opaque(let group): group
        }
    }
}
