// What a record does to the state, whether it was just written or is read at start.

import KafkaMessages

extension GroupShard {
    /// Applies a record that is in the log.
    public func apply(_ record: GroupRecord) {
        switch record {
        case .offsetCommit(let key, let value): offsets.apply(key, value)
        case .groupMetadata(let key, let value): applyClassicRecord(key, value)
        case .consumerGroupMetadata, .consumerGroupPartitionMetadata, .consumerGroupMemberMetadata,
            .consumerGroupTargetAssignmentMetadata, .consumerGroupTargetAssignmentMember,
            .consumerGroupCurrentMemberAssignment, .consumerGroupRegularExpression:
            applyConsumerRecord(record)
        case .opaque(let record): applyOpaqueRecord(record)
        }
    }

    private func applyOpaqueRecord(_ record: OpaqueGroupRecord) {
        let group: OpaqueGroup
        if case .opaque(let known) = groups[record.groupId] {
            group = known
        } else {
            guard record.value != nil else { return }
            group = OpaqueGroup(groupId: record.groupId, kind: OpaqueGroup.kind(ofKeyType: record.keyType))
            groups[record.groupId] = .opaque(group)
        }
        group.apply(record)
        if group.keys.isEmpty { groups[record.groupId] = nil }
    }
}
