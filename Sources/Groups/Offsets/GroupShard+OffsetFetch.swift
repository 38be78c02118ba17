// OffsetFetch, one group of it.

import KafkaMessages
import KafkaWire

extension GroupShard {
    private typealias Topic = OffsetFetchResponse.OffsetFetchResponseTopics
    private typealias Partition = OffsetFetchResponse.OffsetFetchResponsePartitions

    /// The group's offsets, in the form of version 8 and later. Every topic's name is set, whatever the version. A
    /// request without topics gets all there are, of topics that were made again too, as from Kafka.
    public func fetchOffsets(
        _ request: OffsetFetchRequest.OffsetFetchRequestGroup, requireStable: Bool
    ) -> OffsetFetchResponse.OffsetFetchResponseGroup {
        var response = OffsetFetchResponse.OffsetFetchResponseGroup()
        response.groupId = request.groupId
        let error =
            groups[request.groupId]?.any
            .checkOffsetFetch(memberId: request.memberId, memberEpoch: request.memberEpoch) ?? .groupIdNotFound
        // A group that there is not has no offsets: that is no error.
        guard error == .none || error == .groupIdNotFound else {
            response.errorCode = error.rawValue
            return response
        }
        if let topics = request.topics {
            response.topics = topics.map { topic in
                var answer = Topic()
                answer.name = topic.name
                answer.topicId = topic.topicId
                answer.partitions = topic.partitionIndexes.map { partition in
                    var offset: CommittedOffset?
                    if error == .none {
                        offset = offsets.offset(group: request.groupId, topic: topic.name, partition: partition)
                    }
                    if let found = offset, !found.isOf(topic.topicId) { offset = nil }
                    return fetched(request.groupId, topic.name, partition, offset, requireStable: requireStable)
                }
                return answer
            }
        } else if error == .none {
            response.topics = allTopics(of: request.groupId, requireStable: requireStable)
        }
        return response
    }

    private func allTopics(of groupId: String, requireStable: Bool) -> [Topic] {
        var answers: [Topic] = []
        for (topic, partition, offset) in offsets.sorted(group: groupId) {
            if answers.last?.name != topic {
                var answer = Topic()
                answer.name = topic
                answers.append(answer)
            }
            answers[answers.count - 1].partitions.append(
                fetched(groupId, topic, partition, offset, requireStable: requireStable))
        }
        return answers
    }

    private func fetched(
        _ groupId: String, _ topic: String, _ partition: Int32, _ offset: CommittedOffset?, requireStable: Bool
    ) -> Partition {
        var answer = Partition()
        answer.partitionIndex = partition
        answer.committedOffset = -1
        if requireStable,
            offsets.pending.isPending(GroupPartition(group: groupId, topic: topic, partition: partition))
        {
            answer.errorCode = ErrorCode.unstableOffsetCommit.rawValue
        } else if let offset {
            answer.committedOffset = offset.offset
            answer.committedLeaderEpoch = offset.leaderEpoch
            answer.metadata = offset.metadata
        }
        return answer
    }
}

extension CommittedOffset {
    /// Whether it was committed for this topic, as far as is known: a topic that was made again has another id than the
    /// offset's, and its records are not the ones that were read. A zero id on either side says nothing (KIP-848).
    fileprivate func isOf(_ topicId: Uuid) -> Bool {
        self.topicId == .zero || topicId == .zero || self.topicId == topicId
    }
}
