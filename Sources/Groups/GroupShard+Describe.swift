// What a shard tells about its groups: DescribeGroups, ListGroups; and DeleteGroups.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// DescribeGroups, one group of it. Groups of other kinds than the classic one are not there for it.
    public func describeGroup(_ groupId: String, apiVersion: Int16) -> DescribeGroupsResponse.DescribedGroup {
        var answer = DescribeGroupsResponse.DescribedGroup()
        answer.groupId = groupId
        guard case .classic(let group) = groups[groupId] else {
            answer.groupState = "Dead"
            // Version 6 says that there is no such group; before that it is a dead one.
            if apiVersion >= 6 {
                answer.errorCode = ErrorCode.groupIdNotFound.rawValue
                answer.errorMessage =
                    groups[groupId] == nil
                    ? "Group \(groupId) not found." : "Group \(groupId) is not a classic group."
            }
            return answer
        }
        answer.groupState = group.stateText
        answer.protocolType = group.protocolTypeText
        let isStable = group.state == .stable
        if isStable { answer.protocolData = group.protocolName ?? "" }
        answer.members = group.sortedMembers.map { member in
            var entry = DescribeGroupsResponse.DescribedGroupMember()
            entry.memberId = member.memberId
            entry.groupInstanceId = member.groupInstanceId
            entry.clientId = member.clientId
            entry.clientHost = member.clientHost
            entry.memberAssignment = member.assignment
            if isStable { entry.memberMetadata = member.metadata(of: group.protocolName) }
            return entry
        }
        return answer
    }

    /// ListGroups: the groups in one of the states and of one of the types, in any when none is named. Both are
    /// compared without regard to case; of states, blanks around them do not count.
    public func listGroups(states: [String], types: [String]) -> [ListGroupsResponse.ListedGroup] {
        let states = Set(states.map { Self.folded($0) })
        let types = Set(types.map { $0.lowercased() })
        return groups.values.compactMap { group in
            let group = group.any
            guard states.isEmpty || states.contains(group.stateText.lowercased()),
                types.isEmpty || types.contains(group.kind.rawValue)
            else { return nil }
            var answer = ListGroupsResponse.ListedGroup()
            answer.groupId = group.groupId
            answer.protocolType = group.protocolTypeText
            answer.groupState = group.stateText
            answer.groupType = group.kind.rawValue
            return answer
        }
    }

    /// In lower case, without blanks around it.
    private static func folded(_ text: String) -> String {
        var characters = Substring(text)
        while characters.first?.isWhitespace == true { characters.removeFirst() }
        while characters.last?.isWhitespace == true { characters.removeLast() }
        return characters.lowercased()
    }

    /// DeleteGroups, those groups of it that are this shard's, with their offsets. They go in one batch: where that is
    /// too large for the log, none of them goes.
    public func deleteGroups(_ groupIds: [String], token: RequestToken) -> GroupActions {
        var actions = GroupActions()
        let answers = groupIds.map { groupId in
            var answer = DeleteGroupsResponse.DeletableGroupResult()
            answer.groupId = groupId
            let error = groups[groupId]?.any.checkDelete() ?? .groupIdNotFound
            answer.errorCode = error.rawValue
            if error == .none, let group = groups[groupId]?.any { actions.records += deletion(of: group) }
            return answer
        }
        actions.reply(token, .deleteGroups(answers))
        return actions
    }

    private func deletion(of group: any CoordinatedGroup) -> [GroupRecord] {
        let groupId = group.groupId
        var places = Set(offsets.pending.partitions(group: groupId))
        for (topic, partition, _) in offsets.sorted(group: groupId) {
            places.insert(GroupPartition(group: groupId, topic: topic, partition: partition))
        }
        return places.map { .offsetTombstone(group: groupId, topic: $0.topic, partition: $0.partition) }
            + group.tombstones()
    }
}
