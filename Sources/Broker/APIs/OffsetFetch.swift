// OffsetFetch (key 9): the offsets that groups have committed.
//
// Versions 1–10.
// v2  all topics, error of the whole (before: of each partition). v5 leader epoch (KIP-320). v6 flexible.
// v7  stable offsets only (KIP-447). v8 several groups (KIP-709). v9 member id and epoch (KIP-848). v10 topics by id.
//
// Behaviour: a group, or a partition, without an offset gets -1.

import ClusterMetadata
import Groups
import KafkaMessages
import KafkaWire

enum OffsetFetch: ApiHandler {
    static let versions: ClosedRange<Int16> = 1...10

    private typealias Group = OffsetFetchRequest.OffsetFetchRequestGroup
    private typealias Topic = OffsetFetchResponse.OffsetFetchResponseTopics
    private typealias Partition = OffsetFetchResponse.OffsetFetchResponsePartitions
    private typealias Answer = OffsetFetchResponse.OffsetFetchResponseGroup

    static func handle(_ request: consuming OffsetFetchRequest, _ context: RequestContext) {
        let apiVersion = context.apiVersion
        let groups = apiVersion >= 8 ? request.groups : [single(request)]
        let requireStable = request.requireStable
        let image = context.broker.metadata.current
        let questions = groups.map {
            Question(group: $0, requireStable: requireStable, apiVersion: apiVersion, image: image)
        }
        context.broker.groups.describe(questions) { answers in
            guard let answers else { return context.refuseTooLarge(OffsetFetchResponse.self) }
            respond(answers, context)
        }
    }

    private struct Question: GroupQuestion {
        struct Key: Hashable {
            let groupId: String
            let memberId: String?
            let memberEpoch: Int32
        }

        let group: Group
        let requireStable: Bool
        let apiVersion: Int16
        let image: MetadataImage

        var groupId: String { group.groupId }
        /// Who names partitions gets no more of them than were named.
        var key: Key? {
            guard group.topics == nil else { return nil }
            return Key(groupId: group.groupId, memberId: group.memberId, memberEpoch: group.memberEpoch)
        }

        func ask(_ shard: GroupShard) -> Answer {
            let (known, unknown) = apiVersion >= 10 ? resolve(group, image) : (group, [])
            var answer = shard.fetchOffsets(known, requireStable: requireStable)
            if apiVersion >= 10 { withIds(&answer, image) }
            if answer.errorCode == 0 { answer.topics += unknown }
            return answer
        }

        func failed(_ error: ErrorCode) -> Answer {
            apiVersion >= 2 ? OffsetFetch.failed(group, error) : failedTopics(group, error)
        }

        static func leastBytes(_ answer: Answer) -> Int { answer.leastBytes }
    }

    /// The one group of a request before version 8.
    private static func single(_ request: OffsetFetchRequest) -> Group {
        var group = Group()
        group.groupId = request.groupId
        group.topics = request.topics?.map { topic in
            var converted = OffsetFetchRequest.OffsetFetchRequestTopics()
            converted.name = topic.name
            converted.partitionIndexes = topic.partitionIndexes
            return converted
        }
        return group
    }

    private static func failed(_ group: Group, _ error: ErrorCode) -> Answer {
        var answer = Answer()
        answer.groupId = group.groupId
        answer.errorCode = error.rawValue
        return answer
    }

    /// Partitions without an offset, because of an error.
    private static func failed(_ partitions: [Int32], _ error: ErrorCode) -> [Partition] {
        partitions.map { partition in
            var entry = Partition()
            entry.partitionIndex = partition
            entry.committedOffset = -1
            entry.errorCode = error.rawValue
            return entry
        }
    }

    /// The answer of a version that has no error of the whole.
    private static func failedTopics(_ group: Group, _ error: ErrorCode) -> Answer {
        var answer = Answer()
        answer.topics = (group.topics ?? []).map { topic in
            var failed = Topic()
            failed.name = topic.name
            failed.partitions = Self.failed(topic.partitionIndexes, error)
            return failed
        }
        return answer
    }

    /// The group with its topics' names, and the answers to topic ids that there are not.
    private static func resolve(_ group: Group, _ image: MetadataImage) -> (Group, [Topic]) {
        guard let topics = group.topics else { return (group, []) }
        var known = group
        var unknown: [Topic] = []
        known.topics = []
        for var topic in topics {
            if let found = image.topic(topic.topicId) {
                topic.name = found.name
                known.topics?.append(topic)
                continue
            }
            var answer = Topic()
            answer.topicId = topic.topicId
            answer.partitions = failed(topic.partitionIndexes, .unknownTopicId)
            unknown.append(answer)
        }
        return (known, unknown)
    }

    /// Gives every topic its id, and leaves out the topics that there no longer are.
    private static func withIds(_ answer: inout Answer, _ image: MetadataImage) {
        answer.topics = answer.topics.compactMap { topic in
            var topic = topic
            if topic.topicId == .zero {
                guard let id = image.topics.id(of: topic.name) else { return nil }
                topic.topicId = id
            }
            return topic
        }
    }

    private static func respond(_ answers: [Answer], _ context: RequestContext) {
        var response = OffsetFetchResponse()
        if context.apiVersion >= 8 {
            response.groups = answers
            return context.respond(response)
        }
        guard let only = answers.first else { return context.respond(response) }
        response.errorCode = only.errorCode
        response.topics = only.topics.map { topic in
            var converted = OffsetFetchResponse.OffsetFetchResponseTopic()
            converted.name = topic.name
            converted.partitions = topic.partitions.map { partition in
                var entry = OffsetFetchResponse.OffsetFetchResponsePartition()
                entry.partitionIndex = partition.partitionIndex
                entry.committedOffset = partition.committedOffset
                entry.committedLeaderEpoch = partition.committedLeaderEpoch
                entry.metadata = partition.metadata
                entry.errorCode = partition.errorCode
                return entry
            }
            return converted
        }
        context.respond(response)
    }
}
