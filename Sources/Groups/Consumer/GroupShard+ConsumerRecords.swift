// What the records of consumer groups do to a shard's state.

import KafkaMessages

extension GroupShard {
    /// The group that a record of the consumer protocol is about, made when there is none.
    func consumerGroupToApply(_ groupId: String) -> ConsumerGroup {
        if case .consumer(let group) = groups[groupId] { return group }
        let group = ConsumerGroup(groupId: groupId)
        groups[groupId] = .consumer(group)
        return group
    }

    /// Applies a record of key types 3 to 8 and 16.
    func applyConsumerRecord(_ record: GroupRecord) {
        switch record {
        case .consumerGroupMetadata(let key, let value):
            guard let value else {
                if case .consumer = groups[key.groupId] { groups[key.groupId] = nil }
                return
            }
            consumerGroupToApply(key.groupId).groupEpoch = value.epoch
        default: break
        }
    }
}
