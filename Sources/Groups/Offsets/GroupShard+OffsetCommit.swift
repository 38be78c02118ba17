// OffsetCommit and OffsetDelete.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// OffsetCommit. Every topic's name is set, whatever the version: the shell has resolved ids, and has answered for
    /// topics and partitions that there are not.
    public func commitOffsets(
        _ request: OffsetCommitRequest, from client: GroupClient, token: RequestToken, nowMs: Int64
    ) -> GroupActions {
        var actions = GroupActions()
        let error = checkCommit(request, client)
        guard error == .none else {
            actions.reply(token, .offsetCommit(Self.commitError(request, error)))
            return actions
        }
        // A commit is a sign of life of a member of a classic group.
        if case .classic(let group) = groups[request.groupId], let member = group.members[request.memberId],
            group.state == .stable || group.state == .preparingRebalance
        {
            startSession(of: member, group, &actions)
        }
        let expireTimestampMs = request.retentionTimeMs == -1 ? -1 : nowMs &+ request.retentionTimeMs
        var response = OffsetCommitResponse()
        response.topics = request.topics.map { topic in
            var answer = OffsetCommitResponse.OffsetCommitResponseTopic()
            answer.name = topic.name
            answer.topicId = topic.topicId
            let topicId = topic.topicId != .zero ? topic.topicId : topics.topic(named: topic.name)?.id ?? .zero
            answer.partitions = topic.partitions.map { partition in
                let metadata = partition.committedMetadata ?? ""
                let isTooLarge = metadata.utf16.count > config.offsetMetadataMaxBytes
                if !isTooLarge {
                    let offset = CommittedOffset(
                        offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                        commitTimestampMs: nowMs, expireTimestampMs: expireTimestampMs, metadata: metadata,
                        topicId: topicId)
                    actions.records.append(
                        offset.record(
                            group: request.groupId, topic: topic.name, partition: partition.partitionIndex))
                }
                return Self.committed(partition.partitionIndex, isTooLarge ? .offsetMetadataTooLarge : .none)
            }
            return answer
        }
        actions.reply(token, .offsetCommit(response))
        return actions
    }

    private func checkCommit(_ request: OffsetCommitRequest, _ client: GroupClient) -> ErrorCode {
        guard let group = groups[request.groupId]?.any else {
            // Whoever is nobody's member may make the group by committing.
            if request.generationIdOrMemberEpoch < 0 { return .none }
            return client.apiVersion >= 9 ? .groupIdNotFound : .illegalGeneration
        }
        let error = group.checkOffsetCommit(
            memberId: request.memberId, groupInstanceId: request.groupInstanceId,
            generation: request.generationIdOrMemberEpoch, isTransactional: false, apiVersion: client.apiVersion)
        if error == .none, let group = group as? ConsumerGroup { return checkCommit(request, of: group) }
        return error
    }

    /// A member of a consumer group that lags behind commits for what it has had since its epoch, or for nothing.
    private func checkCommit(_ request: OffsetCommitRequest, of group: ConsumerGroup) -> ErrorCode {
        guard group.members[request.memberId]?.memberEpoch != request.generationIdOrMemberEpoch else { return .none }
        for topic in request.topics {
            let topicId = topic.topicId != .zero ? topic.topicId : topics.topic(named: topic.name)?.id
            for partition in topic.partitions {
                let error = group.checkOffsetCommit(
                    memberId: request.memberId, generation: request.generationIdOrMemberEpoch, topicId: topicId,
                    partition: partition.partitionIndex)
                if error != .none { return error }
            }
        }
        return .none
    }

    private static func committed(
        _ partition: Int32, _ error: ErrorCode
    ) -> OffsetCommitResponse.OffsetCommitResponsePartition {
        var answer = OffsetCommitResponse.OffsetCommitResponsePartition()
        answer.partitionIndex = partition
        answer.errorCode = error.rawValue
        return answer
    }

    /// The answer that gives every partition of the request the same error.
    public static func commitError(_ request: OffsetCommitRequest, _ error: ErrorCode) -> OffsetCommitResponse {
        var response = OffsetCommitResponse()
        response.topics = request.topics.map { topic in
            var answer = OffsetCommitResponse.OffsetCommitResponseTopic()
            answer.name = topic.name
            answer.topicId = topic.topicId
            answer.partitions = topic.partitions.map { committed($0.partitionIndex, error) }
            return answer
        }
        return response
    }

    /// OffsetDelete: offsets of topics that nobody in the group is subscribed to.
    public func deleteOffsets(_ request: OffsetDeleteRequest, token: RequestToken) -> GroupActions {
        var response = OffsetDeleteResponse()
        let error = checkOffsetDelete(request.groupId)
        guard error == .none, let group = groups[request.groupId]?.any else {
            response.errorCode = error.rawValue
            return .reply(token, .offsetDelete(response))
        }
        var actions = GroupActions()
        response.topics = request.topics.map { topic in
            var answer = OffsetDeleteResponse.OffsetDeleteResponseTopic()
            answer.name = topic.name
            let isSubscribed = group.isSubscribed(to: topic.name)
            answer.partitions = topic.partitions.map { partition in
                var result = OffsetDeleteResponse.OffsetDeleteResponsePartition()
                result.partitionIndex = partition.partitionIndex
                if isSubscribed {
                    result.errorCode = ErrorCode.groupSubscribedToTopic.rawValue
                } else if hasOffset(request.groupId, topic.name, partition.partitionIndex) {
                    actions.records.append(
                        .offsetTombstone(
                            group: request.groupId, topic: topic.name, partition: partition.partitionIndex))
                }
                return result
            }
            return answer
        }
        actions.reply(token, .offsetDelete(response))
        return actions
    }

    private func checkOffsetDelete(_ groupId: String) -> ErrorCode {
        guard !groupId.isEmpty else { return .invalidGroupId }
        return groups[groupId]?.any.checkOffsetDelete() ?? .groupIdNotFound
    }

    /// Committed, or about to be by a transaction.
    private func hasOffset(_ group: String, _ topic: String, _ partition: Int32) -> Bool {
        offsets.offset(group: group, topic: topic, partition: partition) != nil
            || offsets.pending.isPending(GroupPartition(group: group, topic: topic, partition: partition))
    }
}
