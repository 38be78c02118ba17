// A consumer group becomes a classic group, when its last member of the consumer protocol is gone (KIP-848).

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// Whether all that stay speak the classic protocol, and the group may become a classic one.
    func mayDowngrade(_ group: ConsumerGroup, without gone: [ConsumerMember]) -> Bool {
        let staying = group.members.count - gone.count
        let classicGone = gone.count { $0.usesClassicProtocol }
        return staying > 0 && group.classicMemberCount - classicGone == staying
            && config.consumerMigrationPolicy.downgradeIsEnabled && staying <= config.classicMaxSize
    }

    /// Whether a static member of the classic protocol that takes the place of another lets the group become classic.
    func mayDowngrade(_ group: ConsumerGroup, replacing replaced: ConsumerMember) -> Bool {
        !replaced.usesClassicProtocol && group.classicMemberCount == group.members.count - 1
            && config.consumerMigrationPolicy.downgradeIsEnabled && group.members.count <= config.classicMaxSize
    }

    /// Writes the classic group that the others make. `joining` is a static member that takes another's place; its
    /// records are written already.
    func downgrade(
        _ group: ConsumerGroup, without gone: [ConsumerMember], joining: ConsumerMember?, mustRebalance: Bool,
        nowMs: Int64
    ) -> GroupActions {
        var actions = GroupActions()
        let replaced = group.staticMember(joining?.instanceId)
        actions.records += group.tombstones(insteadOf: replaced?.memberId, memberId: joining?.memberId)
        let classic = classicGroup(from: group, without: gone, replaced: replaced, joining: joining, nowMs: nowMs)
        actions.records.append(classic.record())
        for member in group.members.values { cancelTimers(of: member.memberId, group.groupId, &actions) }
        actions.afterWriting = { [self] error in
            var after = GroupActions()
            guard error == .none else { return after }
            // What was written names one protocol a member; this one knows them all.
            groups[group.groupId] = .classic(classic)
            for member in classic.members.values { startSession(of: member, classic, &after) }
            if mustRebalance { prepareRebalance(classic, nowMs: nowMs, &after) }
            return after
        }
        return actions
    }

    private func classicGroup(
        from group: ConsumerGroup, without gone: [ConsumerMember], replaced: ConsumerMember?, joining: ConsumerMember?,
        nowMs: Int64
    ) -> ClassicGroup {
        let classic = ClassicGroup(
            groupId: group.groupId, state: .stable, generationId: group.groupEpoch, nowMs: nowMs)
        let leaving = Set(gone.map(\.memberId))
        var staying = group.members.values.filter { !leaving.contains($0.memberId) }
        if let joining {
            staying.removeAll { $0.memberId == replaced?.memberId }
            staying.append(joining)
        }
        for member in staying.sorted(by: { $0.memberId < $1.memberId }) {
            classic.add(
                ClassicMember(
                    memberId: member.memberId, groupInstanceId: member.instanceId, clientId: member.clientId,
                    clientHost: member.clientHost, rebalanceTimeoutMs: member.rebalanceTimeoutMs,
                    sessionTimeoutMs: member.classic?.sessionTimeoutMs ?? 0,
                    protocols: (member.classic?.supportedProtocols ?? []).map {
                        var known = ClassicMember.SupportedProtocol()
                        known.name = $0.name
                        known.metadata = $0.metadata
                        return known
                    }), protocolType: EmbeddedConsumerProtocol.protocolType)
        }
        classic.protocolName = classic.selectProtocol()
        classic.readSubscriptions()
        for member in classic.members.values {
            let holder = member.memberId == joining?.memberId ? replaced?.memberId ?? member.memberId : member.memberId
            member.assignment = EmbeddedConsumerProtocol.encode(
                group.targets[holder] ?? Assignment(), for: member.metadata(of: classic.protocolName), topics: topics)
        }
        return classic
    }
}
