// A consumer as KIP-848 wants it: it gives up first, says so, and takes what is new then.

import KafkaMessages
import KafkaWire

@testable import Groups

struct SimulatedConsumer {
    struct Partition: Hashable {
        let topic: Uuid
        let partition: Int32
    }

    var memberId: String
    var instanceId: String?
    var topics: [String]?
    var regex: String?
    var epoch: Int32 = 0
    var owned: Set<Partition> = []
    /// It must say everything about itself in its next heartbeat.
    var mustTellAll = true
    var highestEpoch: Int32 = 0

    var ownedTopics: [Groups.TopicPartitions] {
        Dictionary(grouping: owned, by: \.topic).map {
            TopicPartitions(topicId: $0.key, partitions: $0.value.map(\.partition).sorted())
        }
    }

    func request(saysOwned: Bool) -> ConsumerGroupHeartbeatRequest {
        if epoch == 0 { return .join(memberId, topics: topics, regex: regex, instanceId: instanceId) }
        var request = ConsumerGroupHeartbeatRequest.beat(
            memberId, epoch: epoch, instanceId: instanceId, owned: saysOwned || mustTellAll ? ownedTopics : nil)
        if mustTellAll {
            request.rebalanceTimeoutMs = 5_000
            request.subscribedTopicNames = topics
            request.subscribedTopicRegex = regex
        }
        return request
    }

    /// Does what the answer says; whether the member is still one.
    mutating func take(_ response: ConsumerGroupHeartbeatResponse) -> Bool {
        switch ErrorCode(rawValue: response.errorCode) {
        case .none:
            epoch = response.memberEpoch
            mustTellAll = false
            if let assignment = response.assignment {
                owned = Set(
                    assignment.topicPartitions.flatMap { topic in
                        topic.partitions.map { Partition(topic: topic.topicId, partition: $0) }
                    })
            }
            return true
        case .fencedMemberEpoch, .unknownMemberId:
            // It gives everything up and joins again.
            owned = []
            epoch = 0
            highestEpoch = 0
            mustTellAll = true
            return true
        default: return false
        }
    }
}
