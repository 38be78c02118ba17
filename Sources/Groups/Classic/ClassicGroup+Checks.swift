// What a classic group permits: commits, reads, deletions.

import KafkaWire

extension ClassicGroup {
    /// Whether a request comes from the member it names.
    func checkMember(_ memberId: String, groupInstanceId: String?) -> ErrorCode {
        if let groupInstanceId {
            guard let known = staticMembers[groupInstanceId] else { return .unknownMemberId }
            if known != memberId { return .fencedInstanceId }
        }
        return members[memberId] == nil ? .unknownMemberId : .none
    }

    func checkOffsetCommit(
        memberId: String, groupInstanceId: String?, generation: Int32, isTransactional: Bool, apiVersion: Int16
    ) -> ErrorCode {
        // Nobody's member: an admin client, or a consumer that assigns partitions to itself.
        if generation < 0, state == .empty { return .none }
        if generation >= 0 || !memberId.isEmpty || groupInstanceId != nil {
            let error = checkMember(memberId, groupInstanceId: groupInstanceId)
            if error != .none { return error }
            // A transaction's commit of a group that is rebalancing is taken; its generation is checked all the same.
            if generation != generationId { return .illegalGeneration }
        } else if !isTransactional, state != .empty {
            return .unknownMemberId
        }
        if !isTransactional, state == .completingRebalance { return .rebalanceInProgress }
        return .none
    }

    func checkOffsetFetch(memberId: String?, memberEpoch: Int32) -> ErrorCode { .none }

    func checkDelete() -> ErrorCode { state == .empty ? .none : .nonEmptyGroup }

    func checkOffsetDelete() -> ErrorCode {
        switch state {
        case .empty: .none
        // Offsets of topics that nobody is subscribed to may go while the group lives; the caller asks about each.
        case .stable, .preparingRebalance, .completingRebalance:
            protocolType == Self.consumerProtocolType ? .none : .nonEmptyGroup
        }
    }

    func isSubscribed(to topic: String) -> Bool {
        subscribedTopics?.contains(topic) ?? (protocolType == Self.consumerProtocolType)
    }

    func offsetAgesFrom(commitTimestampMs: Int64) -> Int64? {
        guard protocolType != nil else { return commitTimestampMs }
        switch state {
        case .empty: return stateTimestampMs ?? commitTimestampMs
        case .stable:
            let readsSubscriptions = protocolType == Self.consumerProtocolType && subscribedTopics != nil
            return readsSubscriptions ? commitTimestampMs : nil
        case .preparingRebalance, .completingRebalance: return nil
        }
    }
}
