// A classic group becomes a consumer group, when the first member of the consumer protocol joins it (KIP-848).

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// The group that the classic one becomes once `actions` are carried out: its members stay, in the classic
    /// protocol, with what they were assigned.
    func upgrade(
        _ classic: ClassicGroup, nowMs: Int64, _ actions: inout GroupActions
    ) throws(ConsumerGroupRefusal) -> ConsumerGroup {
        try refuseUpgrade(of: classic)
        let group = ConsumerGroup(groupId: classic.groupId)
        group.groupEpoch = classic.generationId
        group.assignmentEpoch = classic.generationId
        for member in classic.members.values {
            let upgraded = try upgrade(member, of: classic)
            group.setTarget(upgraded.assigned.assignment, of: upgraded.memberId)
            group.put(upgraded)
        }
        group.metadataHash = metadataHash(of: group.subscriptions)
        actions.records += classic.tombstones()
        actions.records += group.records()
        for member in classic.members.values {
            actions.setTimer(
                .consumerSession(groupId: group.groupId, memberId: member.memberId),
                afterMs: Int64(member.sessionTimeoutMs))
        }
        var answers = GroupActions()
        answers.afterWriting = { error in Self.answerWaiting(classic, unless: error) }
        actions.add(answers)
        return group
    }

    private func refuseUpgrade(of classic: ClassicGroup) throws(ConsumerGroupRefusal) {
        let why: String
        if !config.consumerMigrationPolicy.upgradeIsEnabled {
            why = "online upgrade is disabled"
        } else if classic.protocolType != EmbeddedConsumerProtocol.protocolType {
            why = "the group does not use the consumer embedded protocol"
        } else if classic.members.count > config.consumerMaxSize {
            why = "the group size exceeds the consumer group maximum size"
        } else {
            return
        }
        throw Self.cannotUpgrade(classic, why)
    }

    private static func cannotUpgrade(_ classic: ClassicGroup, _ why: String) -> ConsumerGroupRefusal {
        ConsumerGroupRefusal(
            .groupIdNotFound, "Cannot upgrade classic group \(classic.groupId) to consumer group because \(why).")
    }

    private func upgrade(
        _ member: ClassicMember, of classic: ClassicGroup
    ) throws(ConsumerGroupRefusal) -> ConsumerMember {
        let metadata = classic.protocolName.map { member.metadata(of: $0) } ?? member.protocols.first?.metadata ?? []
        guard let subscription = EmbeddedConsumerProtocol.subscription(metadata) else {
            throw Self.cannotUpgrade(classic, "the embedded consumer protocol is malformed")
        }
        var upgraded = ConsumerMember(memberId: member.memberId)
        if !member.assignment.isEmpty {
            let assignment: ConsumerProtocolAssignment
            do {
                assignment = try EmbeddedConsumerProtocol.assignment(member.assignment)
            } catch {
                switch error {
                case .cutShort: throw Self.cannotUpgrade(classic, "the embedded consumer protocol is malformed")
                case .wrongLength: throw ConsumerGroupRefusal(.unknownServerError, nil)
                }
            }
            if let userData = assignment.userData, !userData.isEmpty {
                throw Self.cannotUpgrade(
                    classic,
                    "an unsupported custom assignor is in use. Please refer to the documentation or switch to a "
                        + "default assignor before re-attempting the upgrade")
            }
            for assigned in assignment.assignedPartitions {
                guard let topic = topics.topic(named: assigned.topic) else { continue }
                // Of a topic that is named twice the last counts.
                upgraded.assigned[topic.id] = [:]
                for partition in assigned.partitions {
                    upgraded.assigned[topic.id][partition] = classic.generationId
                }
            }
        }
        upgraded.memberEpoch = classic.generationId
        upgraded.previousMemberEpoch = classic.generationId
        upgraded.instanceId = member.groupInstanceId
        upgraded.rackId = subscription.rackId.flatMap { $0.isEmpty ? nil : $0 }
        upgraded.rebalanceTimeoutMs = member.rebalanceTimeoutMs
        upgraded.clientId = member.clientId
        upgraded.clientHost = member.clientHost
        upgraded.topicNames = TopicNames(subscription.topics)
        upgraded.classic = Self.classicMetadata(member.protocols, sessionTimeoutMs: member.sessionTimeoutMs)
        return upgraded
    }

    static func classicMetadata(
        _ protocols: [ClassicMember.SupportedProtocol], sessionTimeoutMs: Int32
    ) -> ConsumerMember.ClassicMetadata {
        var metadata = ConsumerMember.ClassicMetadata()
        metadata.sessionTimeoutMs = sessionTimeoutMs
        metadata.supportedProtocols = protocols.map {
            var known = ConsumerGroupMemberMetadataValue.ClassicProtocol()
            known.name = $0.name
            known.metadata = $0.metadata
            return known
        }
        return metadata
    }

    /// Those who wait for the classic group's rebalance are to join again.
    private static func answerWaiting(_ classic: ClassicGroup, unless error: ErrorCode) -> GroupActions {
        var actions = GroupActions()
        guard error == .none else { return actions }
        for member in classic.members.values {
            if let waiting = classic.setAwaitingJoin(nil, of: member) {
                actions.reply(waiting, .joinGroup(joinError(.rebalanceInProgress, memberId: member.memberId)))
            }
            if let waiting = member.awaitingSync {
                member.awaitingSync = nil
                actions.reply(waiting, .syncGroup(syncError(.rebalanceInProgress)))
            }
        }
        return actions
    }
}

extension ConsumerGroup {
    /// The records that make the group as it is.
    func records() -> [GroupRecord] {
        let make = ConsumerRecords(groupId: groupId)
        let members = self.members.values.sorted { $0.memberId < $1.memberId }
        var records = members.map { make.member($0) }
        records.append(make.epoch(groupEpoch, metadataHash: metadataHash))
        records += members.map { make.target($0.memberId, targets[$0.memberId] ?? Assignment()) }
        records.append(make.targetEpoch(assignmentEpoch, timestampMs: assignmentTimestampMs))
        records += members.map { make.current($0) }
        return records
    }
}
