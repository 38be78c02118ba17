// A group whose records are kept and whose protocol is not spoken here: its offsets are readable, its name is taken.

import KafkaWire

/// A share group or a streams group that was read from the log.
final class OpaqueGroup: CoordinatedGroup {
    let groupId: String
    let kind: GroupKind
    /// The keys of its records, so that deleting it writes their tombstones; the key types by key.
    private(set) var keys: [[UInt8]: Int16] = [:]

    init(groupId: String, kind: GroupKind) {
        self.groupId = groupId
        self.kind = kind
    }

    func apply(_ record: OpaqueGroupRecord) {
        keys[record.key] = record.value == nil ? nil : record.keyType
    }

    /// Share groups have the key types 10 to 15, streams groups those from 17 on.
    static func kind(ofKeyType type: Int16) -> GroupKind { type < 16 ? .share : .streams }

    var protocolTypeText: String { kind.rawValue }
    var stateText: String { "Empty" }
    var isEmpty: Bool { true }

    func checkOffsetCommit(
        memberId: String, groupInstanceId: String?, generation: Int32, isTransactional: Bool, apiVersion: Int16
    ) -> ErrorCode {
        kind == .share ? .groupIdNotFound : .unknownMemberId
    }

    func checkOffsetFetch(memberId: String?, memberEpoch: Int32) -> ErrorCode {
        if kind == .share { return .groupIdNotFound }
        return memberId == nil && memberEpoch < 0 ? .none : .unknownMemberId
    }

    func checkDelete() -> ErrorCode { .none }
    func checkOffsetDelete() -> ErrorCode { kind == .share ? .groupIdNotFound : .none }
    func isSubscribed(to topic: String) -> Bool { false }
    func offsetAgesFrom(commitTimestampMs: Int64) -> Int64? { kind == .share ? nil : commitTimestampMs }

    func tombstones() -> [GroupRecord] {
        keys.map { key, type in
            .opaque(OpaqueGroupRecord(keyType: type, groupId: groupId, key: key, value: nil))
        }
    }
}
