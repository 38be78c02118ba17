// Classic groups and their record: what is written, and what is read back.

import KafkaMessages

extension ClassicGroup {
    /// The record that says what the group is, with the assignments in `assignments` for those the members have.
    func record(assignments: [String: [UInt8]]? = nil) -> GroupRecord {
        var key = GroupMetadataKey()
        key.group = groupId
        var value = GroupMetadataValue()
        value.protocolType = protocolType ?? ""
        value.generation = generationId
        value.protocol = protocolName
        value.leader = leaderId
        value.currentStateTimestamp = stateTimestampMs ?? -1
        value.members = members.values.map { member in
            var metadata = GroupMetadataValue.MemberMetadata()
            metadata.memberId = member.memberId
            metadata.groupInstanceId = member.groupInstanceId
            metadata.clientId = member.clientId
            metadata.clientHost = member.clientHost
            metadata.rebalanceTimeout = member.rebalanceTimeoutMs
            metadata.sessionTimeout = member.sessionTimeoutMs
            metadata.subscription = member.metadata(of: protocolName)
            metadata.assignment = assignments.map { $0[member.memberId] ?? [] } ?? member.assignment
            return metadata
        }
        return .groupMetadata(key, value)
    }

    /// A group as its record says.
    convenience init(_ key: GroupMetadataKey, _ value: GroupMetadataValue) {
        self.init(
            groupId: key.group, state: value.members.isEmpty ? .empty : .stable, generationId: value.generation,
            nowMs: value.currentStateTimestamp == -1 ? nil : value.currentStateTimestamp)
        protocolType = value.protocolType.isEmpty ? nil : value.protocolType
        protocolName = value.protocol
        leaderId = value.leader
        for member in value.members {
            var supported = JoinGroupRequest.JoinGroupRequestProtocol()
            supported.name = value.protocol ?? ""
            supported.metadata = member.subscription
            add(
                ClassicMember(
                    memberId: member.memberId, groupInstanceId: member.groupInstanceId, clientId: member.clientId,
                    clientHost: member.clientHost,
                    rebalanceTimeoutMs: member.rebalanceTimeout == -1
                        ? member.sessionTimeout : member.rebalanceTimeout,
                    sessionTimeoutMs: member.sessionTimeout, protocols: [supported], assignment: member.assignment),
                protocolType: value.protocolType)
        }
        leaderId = value.leader
        readSubscriptions()
    }
}

extension GroupShard {
    /// Applies a record of key type 2. A group that is in memory already is the record's source, and knows more.
    func applyClassicRecord(_ key: GroupMetadataKey, _ value: GroupMetadataValue?) {
        guard let value else {
            if case .classic = groups[key.group] { groups[key.group] = nil }
            return
        }
        if isLoaded, case .classic = groups[key.group] { return }
        groups[key.group] = .classic(ClassicGroup(key, value))
    }
}
