// OffsetForLeaderEpoch (key 23): where the records of a leader epoch end. KIP-101, KIP-320.
//
// Versions 2–4.
// v2  current leader epoch, which fences a client that is behind or ahead. v3 replica id. v4 flexible.
//
// Behaviour: the answer names the largest epoch not above the one asked for, and the offset after its last record; both
// are -1 when the log knows of no such epoch.

import KafkaMessages
import KafkaWire
import Replication

enum OffsetForLeaderEpoch: ApiHandler {
    static let versions: ClosedRange<Int16> = 2...4

    static func handle(_ request: consuming OffsetForLeaderEpochRequest, _ context: RequestContext) {
        var response = OffsetForLeaderEpochResponse()
        response.topics = request.topics.map { topic in
            var answer = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult()
            answer.topic = topic.topic
            answer.partitions = topic.partitions.map { find($0, topic: topic.topic, context) }
            return answer
        }
        context.respond(response)
    }

    private static func find(
        _ request: OffsetForLeaderEpochRequest.OffsetForLeaderPartition, topic: String, _ context: RequestContext
    ) -> OffsetForLeaderEpochResponse.EpochEndOffset {
        var answer = OffsetForLeaderEpochResponse.EpochEndOffset()
        answer.partition = request.partition
        do {
            let partition = try context.broker.partitions.partition(topic: topic, partition: request.partition).get()
            let end = try partition.endOffset(
                forLeaderEpoch: request.leaderEpoch, currentLeaderEpoch: request.currentLeaderEpoch)
            answer.leaderEpoch = end.leaderEpoch
            answer.endOffset = end.endOffset
        } catch {
            answer.errorCode = error.code.rawValue
        }
        return answer
    }
}
