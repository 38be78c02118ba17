// OffsetDelete (key 47): removes committed offsets of topics that nobody in the group reads. KIP-496.
//
// Version 0.

import ClusterMetadata
import Groups
import KafkaMessages
import KafkaWire

enum OffsetDelete: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...0

    static func handle(_ request: consuming OffsetDeleteRequest, _ context: RequestContext) {
        let (known, refused) = split(request, context.broker.metadata.current)
        guard !known.groupId.isEmpty else { return fail(.invalidGroupId, context) }
        context.broker.groups.perform(group: known.groupId) { shard, token, _ in
            shard.deleteOffsets(known, token: token)
        } answer: { result in
            switch result {
            case .success(.offsetDelete(var response)):
                if response.errorCode == 0 { merge(refused, into: &response) }
                context.respond(response)
            case .success: preconditionFailure("another API's answer to OffsetDelete")
            case .failure(let error): fail(error.code, context)
            }
        }
    }

    private static func fail(_ error: ErrorCode, _ context: RequestContext) {
        var response = OffsetDeleteResponse()
        response.errorCode = error.rawValue
        context.respond(response)
    }

    /// The request with the topics and partitions that there are, and the answers to the others.
    private static func split(
        _ request: OffsetDeleteRequest, _ image: MetadataImage
    ) -> (OffsetDeleteRequest, [OffsetDeleteResponse.OffsetDeleteResponseTopic]) {
        var known = request
        known.topics = []
        var refused: [OffsetDeleteResponse.OffsetDeleteResponseTopic] = []
        for topic in request.topics {
            let found = image.topic(topic.name)
            var taken = topic
            taken.partitions = topic.partitions.filter { found?.partition($0.partitionIndex) != nil }
            var answer = OffsetDeleteResponse.OffsetDeleteResponseTopic()
            answer.name = topic.name
            for partition in topic.partitions where found?.partition(partition.partitionIndex) == nil {
                var refusal = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                refusal.partitionIndex = partition.partitionIndex
                refusal.errorCode = ErrorCode.unknownTopicOrPartition.rawValue
                answer.partitions.append(refusal)
            }
            if found == nil || !answer.partitions.isEmpty { refused.append(answer) }
            if !taken.partitions.isEmpty { known.topics.append(taken) }
        }
        return (known, refused)
    }

    /// Puts the group's answers behind the refusals; a topic that is among these has all of its partitions there.
    static func merge(
        _ refused: [OffsetDeleteResponse.OffsetDeleteResponseTopic], into response: inout OffsetDeleteResponse
    ) {
        guard !refused.isEmpty else { return }
        var merged = refused
        // A request may name very many topics, and this is on a loop that others wait for.
        var places: [String: Int] = [:]
        for (place, topic) in refused.enumerated() where places[topic.name] == nil { places[topic.name] = place }
        for topic in response.topics {
            if let same = places[topic.name] {
                merged[same].partitions += topic.partitions
            } else {
                places[topic.name] = merged.count
                merged.append(topic)
            }
        }
        response.topics = merged
    }
}
