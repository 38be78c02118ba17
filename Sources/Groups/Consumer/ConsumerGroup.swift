// A group of the consumer protocol (KIP-848): the server computes the assignment, members reconcile one by one.

import KafkaMessages
import KafkaWire

/// What the records say about a consumer group, and what is only in memory.
final class ConsumerGroup: CoordinatedGroup {
    let groupId: String
    var groupEpoch: Int32 = 0

    init(groupId: String) {
        self.groupId = groupId
    }

    var kind: GroupKind { .consumer }
    var protocolTypeText: String { "consumer" }
    var stateText: String { "Empty" }
    var isEmpty: Bool { true }

    func checkOffsetCommit(
        memberId: String, groupInstanceId: String?, generation: Int32, isTransactional: Bool, apiVersion: Int16
    ) -> ErrorCode {
        generation < 0 ? .none : .unknownMemberId
    }

    func checkOffsetFetch(memberId: String?, memberEpoch: Int32) -> ErrorCode {
        memberId == nil && memberEpoch < 0 ? .none : .unknownMemberId
    }

    func checkDelete() -> ErrorCode { .none }
    func checkOffsetDelete() -> ErrorCode { .none }
    func isSubscribed(to topic: String) -> Bool { false }
    func offsetAgesFrom(commitTimestampMs: Int64) -> Int64? { commitTimestampMs }

    func tombstones() -> [GroupRecord] {
        var key = ConsumerGroupMetadataKey()
        key.groupId = groupId
        return [.consumerGroupMetadata(key, nil)]
    }
}
