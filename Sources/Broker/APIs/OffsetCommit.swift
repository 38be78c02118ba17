// OffsetCommit (key 8): how far a group has read.
//
// Versions 2–10.
// v2–4 retention time. v6 leader epoch (KIP-320). v7 static members (KIP-345). v8 flexible.
// v9  consumer groups, GROUP_ID_NOT_FOUND (KIP-848). v10 topics by id (KIP-848).
//
// Behaviour: topics and partitions that there are not are answered one by one; the rest is checked against the group.

import ClusterMetadata
import Groups
import KafkaMessages
import KafkaWire

enum OffsetCommit: ApiHandler {
    static let versions: ClosedRange<Int16> = 2...10

    static func handle(_ request: consuming OffsetCommitRequest, _ context: RequestContext) {
        let (known, refused) = split(request, context.broker.metadata.current, byId: context.apiVersion >= 10)
        guard !known.topics.isEmpty else {
            var response = OffsetCommitResponse()
            response.topics = refused
            return context.respond(response)
        }
        let client = context.groupClient
        context.broker.groups.perform(group: known.groupId) { shard, token, nowMs in
            shard.commitOffsets(known, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            var response: OffsetCommitResponse
            switch result {
            case .success(.offsetCommit(let answer)): response = answer
            case .success: preconditionFailure("another API's answer to OffsetCommit")
            case .failure(let error): response = GroupShard.commitError(known, error.code)
            }
            merge(refused, into: &response)
            context.respond(response)
        }
    }

    /// The request with the topics and partitions that there are, by name; and the answers to the others.
    private static func split(
        _ request: OffsetCommitRequest, _ image: MetadataImage, byId: Bool
    ) -> (OffsetCommitRequest, [OffsetCommitResponse.OffsetCommitResponseTopic]) {
        var known = request
        known.topics = []
        var refused: [OffsetCommitResponse.OffsetCommitResponseTopic] = []
        for topic in request.topics {
            let found = byId ? image.topic(topic.topicId) : image.topic(topic.name)
            var taken = topic
            taken.name = found?.name ?? topic.name
            taken.partitions = []
            var answer = OffsetCommitResponse.OffsetCommitResponseTopic()
            answer.name = topic.name
            answer.topicId = topic.topicId
            for partition in topic.partitions {
                if found?.partition(partition.partitionIndex) != nil {
                    taken.partitions.append(partition)
                    continue
                }
                var refusal = OffsetCommitResponse.OffsetCommitResponsePartition()
                refusal.partitionIndex = partition.partitionIndex
                let error: ErrorCode = byId && found == nil ? .unknownTopicId : .unknownTopicOrPartition
                refusal.errorCode = error.rawValue
                answer.partitions.append(refusal)
            }
            if found == nil || !answer.partitions.isEmpty { add(answer, to: &refused) }
            if !taken.partitions.isEmpty { known.topics.append(taken) }
        }
        return (known, refused)
    }

    /// Puts the refused partitions before those that were taken, topic by topic.
    private static func merge(
        _ refused: [OffsetCommitResponse.OffsetCommitResponseTopic], into response: inout OffsetCommitResponse
    ) {
        guard !refused.isEmpty else { return }
        var merged = refused
        for topic in response.topics { add(topic, to: &merged) }
        response.topics = merged
    }

    /// Adds a topic's partitions to those of the same topic, if it is there.
    private static func add(
        _ topic: OffsetCommitResponse.OffsetCommitResponseTopic,
        to topics: inout [OffsetCommitResponse.OffsetCommitResponseTopic]
    ) {
        let same = topics.firstIndex {
            $0.topicId == topic.topicId && ($0.name == topic.name || topic.topicId != .zero)
        }
        if let same {
            topics[same].partitions += topic.partitions
        } else {
            topics.append(topic)
        }
    }
}
