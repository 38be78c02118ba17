// What a consumer group shows, and what it permits: commits, reads, deletions.

import KafkaWire

extension ConsumerGroup {
    enum State: String {
        case empty = "Empty"
        case assigning = "Assigning"
        case reconciling = "Reconciling"
        case stable = "Stable"
    }

    var state: State {
        if members.isEmpty { return .empty }
        if groupEpoch > assignmentEpoch { return .assigning }
        return members.values.allSatisfy { $0.isReconciled(to: assignmentEpoch) } ? .stable : .reconciling
    }

    var kind: GroupKind { .consumer }
    var protocolTypeText: String { "consumer" }
    var stateText: String { state.rawValue }
    var isEmpty: Bool { members.isEmpty }

    func checkOffsetCommit(
        memberId: String, groupInstanceId: String?, generation: Int32, isTransactional: Bool, apiVersion: Int16
    ) -> ErrorCode {
        // An admin client, or a consumer that assigns partitions to itself.
        if generation < 0, members.isEmpty { return .none }
        // Transactions of version 0 to 2 name no member.
        if isTransactional, generation == -1, memberId.isEmpty, groupInstanceId == nil { return .none }
        guard let member = members[memberId] else { return .unknownMemberId }
        if !isTransactional, !member.usesClassicProtocol, apiVersion < 9 { return .unsupportedVersion }
        if generation == member.memberEpoch { return .none }
        if member.usesClassicProtocol { return .illegalGeneration }
        // A member that lags behind may commit for what it has had since its epoch: each partition is looked at.
        return generation > member.memberEpoch ? .staleMemberEpoch : .none
    }

    /// Whether a member may commit for a partition (KIP-1251), after `checkOffsetCommit` has let it.
    func checkOffsetCommit(memberId: String, generation: Int32, topicId: Uuid?, partition: Int32) -> ErrorCode {
        guard let member = members[memberId], !member.usesClassicProtocol, generation != member.memberEpoch else {
            return .none
        }
        if generation < 0, memberId.isEmpty { return .none }
        guard let topicId, let epoch = member.assignmentEpoch(of: topicId, partition) else { return .staleMemberEpoch }
        return generation < epoch ? .staleMemberEpoch : .none
    }

    func checkOffsetFetch(memberId: String?, memberEpoch: Int32) -> ErrorCode {
        if memberId == nil, memberEpoch < 0 { return .none }
        guard let member = memberId.flatMap({ members[$0] }) else { return .unknownMemberId }
        if memberEpoch == member.memberEpoch { return .none }
        return member.usesClassicProtocol ? .illegalGeneration : .staleMemberEpoch
    }

    func checkDelete() -> ErrorCode { isEmpty ? .none : .nonEmptyGroup }
    func checkOffsetDelete() -> ErrorCode { .none }
    func isSubscribed(to topic: String) -> Bool { subscriptions[topic] != nil }
    func offsetAgesFrom(commitTimestampMs: Int64) -> Int64? { commitTimestampMs }

    func tombstones() -> [GroupRecord] { tombstones(insteadOf: nil, memberId: nil) }

    /// The group's tombstones; those of a replaced member are written for the one that replaced it.
    func tombstones(insteadOf replaced: String?, memberId replacing: String?) -> [GroupRecord] {
        let make = ConsumerRecords(groupId: groupId)
        let ids = members.keys.sorted().map { $0 == replaced ? replacing ?? $0 : $0 }
        var records = ids.map { make.currentTombstone($0) }
        records += ids.map { make.targetTombstone($0) }
        records.append(make.targetEpochTombstone)
        records += ids.map { make.memberTombstone($0) }
        records += resolvedRegexes.keys.sorted().map { make.regex($0, nil) }
        if hasSubscriptionMetadataRecord { records.append(make.subscriptionMetadataTombstone) }
        records.append(make.epochTombstone)
        return records
    }
}
