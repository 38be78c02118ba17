// A shard with a clock, a log and clients that live in the test.

import KafkaMessages
import KafkaWire

@testable import Groups

/// Topics that a test makes, grows and removes.
struct FakeTopics: TopicsView {
    var topics: [GroupTopic] = []
    var settings: [String: String] = [:]

    func topic(named name: String) -> GroupTopic? { topics.first { $0.name == name } }
    func topic(id: Uuid) -> GroupTopic? { topics.first { $0.id == id } }
    var metadataVersion: Int64 = 7
    var topicNames: [String] { topics.map(\.name) }
    func racks(ofTopic id: Uuid, partition: Int) -> [String] { [] }
    func groupSetting(_ name: String, of groupId: String) -> String? { settings[name] }

    mutating func add(_ name: String, partitions: Int, id: UInt64) {
        let id = Uuid(mostSignificantBits: id &* 0x9E37_79B9_7F4A_7C15, leastSignificantBits: id)
        topics.append(GroupTopic(id: id, name: name, partitionCount: partitions))
    }
}

/// A shard, what was written to its partition, the answers, and the timers by their deadlines.
final class ConsumerWorld: GroupSurroundings {
    var shard: GroupShard
    var topics: FakeTopics
    var nowMs: Int64 = 1_000_000
    var log: [GroupRecord] = []
    var replies: [UInt64: GroupReply] = [:]
    var failures: [UInt64: ErrorCode] = [:]
    var timers: [GroupTimer: Int64] = [:]
    /// What the log answers next.
    var appendError = ErrorCode.none
    private var nextToken: UInt64 = 1

    init(config: GroupCoordinatorConfig = GroupCoordinatorConfig(), topics: FakeTopics) {
        self.topics = topics
        shard = GroupShard(config: config, topics: topics)
        carryOut(shard.loaded(nowMs: nowMs))
        carryOut(shard.topicsChanged(to: topics, deleted: [], nowMs: nowMs))
    }

    func append(_ records: [GroupRecord]) -> ErrorCode {
        if appendError == .none { log += records }
        return appendError
    }

    func send(_ reply: GroupReply, to token: RequestToken) { replies[token.value] = reply }
    func fail(_ token: RequestToken, with error: ErrorCode) { failures[token.value] = error }

    func change(_ timer: GroupTimerChange) {
        switch timer {
        case .set(let timer, let afterMs): timers[timer] = nowMs + afterMs
        case .cancel(let timer): timers[timer] = nil
        }
    }

    func carryOut(_ actions: GroupActions) {
        var surroundings = self
        shard.carryOut(actions, in: &surroundings)
    }

    func token() -> RequestToken {
        nextToken += 1
        return RequestToken(nextToken)
    }

    // MARK: Time

    /// Lets time pass, with every timer that runs out meanwhile.
    func pass(ms: Int64) {
        let end = nowMs + ms
        while let next = timers.min(by: { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }), next.value <= end {
            nowMs = max(nowMs, next.value)
            timers[next.key] = nil
            carryOut(shard.timerFired(next.key, nowMs: nowMs))
        }
        nowMs = end
    }

    func change(topics changed: FakeTopics) {
        topics = changed
        carryOut(shard.topicsChanged(to: changed, deleted: [], nowMs: nowMs))
    }

    // MARK: Requests

    func heartbeat(
        _ request: ConsumerGroupHeartbeatRequest, version: Int16 = 1, clientId: String = "test"
    ) -> ConsumerGroupHeartbeatResponse? {
        let token = token()
        let client = GroupClient(clientId: clientId, clientHost: "/127.0.0.1", apiVersion: version)
        carryOut(shard.consumerGroupHeartbeat(request, from: client, token: token, nowMs: nowMs))
        if case .consumerGroupHeartbeat(let response) = replies.removeValue(forKey: token.value) { return response }
        return nil
    }

    /// A commit to the group "g", by its member at this epoch or generation.
    func commit(
        _ offset: Int64, topic name: String = "t", partition: Int32, memberId: String, epoch: Int32,
        instanceId: String? = nil
    ) -> ErrorCode {
        var request = OffsetCommitRequest()
        request.groupId = "g"
        request.memberId = memberId
        request.groupInstanceId = instanceId
        request.generationIdOrMemberEpoch = epoch
        var topic = OffsetCommitRequest.OffsetCommitRequestTopic()
        topic.name = name
        topic.topicId = topics.topic(named: name)?.id ?? .zero
        var entry = OffsetCommitRequest.OffsetCommitRequestPartition()
        entry.partitionIndex = partition
        entry.committedOffset = offset
        topic.partitions = [entry]
        request.topics = [topic]
        let token = token()
        let client = GroupClient(clientId: "test", clientHost: "/127.0.0.1", apiVersion: 10)
        carryOut(shard.commitOffsets(request, from: client, token: token, nowMs: nowMs))
        if let error = failures.removeValue(forKey: token.value) { return error }
        guard case .offsetCommit(let response) = replies.removeValue(forKey: token.value) else {
            return .unknownServerError
        }
        return ErrorCode(rawValue: response.topics.first?.partitions.first?.errorCode ?? -1)
    }

    /// -1 when there is none.
    func committed(topic: String = "t", partition: Int32) -> Int64 {
        shard.offsets.offset(group: "g", topic: topic, partition: partition)?.offset ?? -1
    }

    /// A new shard that has read everything this one wrote, as after a restart.
    func restart() {
        let restarted = GroupShard(config: shard.config, topics: topics)
        for record in log { restarted.apply(record) }
        shard = restarted
        timers = [:]
        carryOut(shard.loaded(nowMs: nowMs))
        carryOut(shard.topicsChanged(to: topics, deleted: [], nowMs: nowMs))
    }

    func group(_ groupId: String) -> ConsumerGroup? {
        if case .consumer(let group) = shard.groups[groupId] { return group }
        return nil
    }
}

extension ConsumerGroupHeartbeatRequest {
    static func join(
        _ memberId: String, group: String = "g", topics: [String]? = ["t"], regex: String? = nil,
        instanceId: String? = nil, rebalanceTimeoutMs: Int32 = 5_000
    ) -> Self {
        var request = Self()
        request.groupId = group
        request.memberId = memberId
        request.memberEpoch = 0
        request.instanceId = instanceId
        request.rebalanceTimeoutMs = rebalanceTimeoutMs
        request.subscribedTopicNames = topics
        request.subscribedTopicRegex = regex
        request.topicPartitions = []
        return request
    }

    static func beat(
        _ memberId: String, epoch: Int32, group: String = "g", instanceId: String? = nil,
        owned: [Groups.TopicPartitions]? = nil
    ) -> Self {
        var request = Self()
        request.groupId = group
        request.memberId = memberId
        request.memberEpoch = epoch
        request.instanceId = instanceId
        request.topicPartitions = owned.map { topics in
            topics.map {
                var topic = Self.TopicPartitions()
                topic.topicId = $0.topicId
                topic.partitions = $0.partitions
                return topic
            }
        }
        return request
    }
}

extension ConsumerGroupHeartbeatResponse {
    /// The partitions of the assignment by the names of their topics; nil when there is none.
    func assigned(_ topics: FakeTopics) -> [String: [Int32]]? {
        assignment.map { assignment in
            Dictionary(
                uniqueKeysWithValues: assignment.topicPartitions.map {
                    (topics.topic(id: $0.topicId)?.name ?? "?", $0.partitions)
                })
        }
    }
}
