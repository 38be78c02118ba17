// A shard with a clock, a log and clients that tests can look at and turn by hand.

import KafkaMessages
import KafkaWire

@testable import Groups

/// The topics that tests have.
struct FixedTopics: TopicsView {
    var topics: [String: GroupTopic] = [:]

    init(_ topics: [String: Int]) {
        for (index, (name, partitions)) in topics.sorted(by: { $0.key < $1.key }).enumerated() {
            self.topics[name] = GroupTopic(
                id: Uuid(mostSignificantBits: 1, leastSignificantBits: UInt64(index + 1)), name: name,
                partitionCount: partitions)
        }
    }

    func topic(named name: String) -> GroupTopic? { topics[name] }
    func topic(id: Uuid) -> GroupTopic? { topics.values.first { $0.id == id } }
    var topicNames: [String] { Array(topics.keys) }
    func racks(ofTopic id: Uuid, partition: Int) -> [String] { [] }
    var metadataVersion: Int64 { 7 }
    func groupSetting(_ name: String, of groupId: String) -> String? { nil }
}

/// Runs a shard as the broker does, with a clock that stands until it is turned.
final class ShardDriver {
    private(set) var shard: GroupShard
    private(set) var nowMs: Int64 = 1_700_000_000_000
    /// What is in the log.
    private(set) var log: [GroupRecord] = []
    /// Answers not yet taken, by request.
    private(set) var replies: [RequestToken: GroupReply] = [:]
    private(set) var failures: [RequestToken: ErrorCode] = [:]
    /// The error that the log answers appends with.
    var appendError = ErrorCode.none
    /// The bytes of keys and values in the largest batch so far.
    private(set) var largestBatchBytes = 0
    private var timers: [(deadlineMs: Int64, order: Int, timer: GroupTimer)] = []
    private var order = 0
    private var lastToken: UInt64 = 0
    private let config: GroupCoordinatorConfig
    private let topics: FixedTopics
    private let ids = IdSource()

    init(config: GroupCoordinatorConfig = GroupCoordinatorConfig(), topics: [String: Int] = ["t": 4]) {
        self.config = config
        self.topics = FixedTopics(topics)
        shard = GroupShard(config: config, topics: self.topics, randomId: ids.next)
        carryOut(shard.loaded(nowMs: nowMs))
    }

    private final class IdSource {
        private var count: UInt64 = 0
        func next() -> Uuid {
            count += 1
            return Uuid(mostSignificantBits: 0, leastSignificantBits: count)
        }
    }

    /// Asks; the answer is in `replies` now or later.
    func ask(_ operation: (GroupShard, RequestToken, Int64) -> GroupActions) -> RequestToken {
        lastToken += 1
        let token = RequestToken(lastToken)
        carryOut(operation(shard, token, nowMs))
        return token
    }

    func takeFailure(_ token: RequestToken) -> ErrorCode? { failures.removeValue(forKey: token) }

    func reply(_ token: RequestToken) -> GroupReply? { replies.removeValue(forKey: token) }

    /// Lets time pass; timers ring when they are due.
    func advance(byMs ms: Int64) {
        let end = nowMs + ms
        while let next = timers.indices.min(by: {
            (timers[$0].deadlineMs, timers[$0].order) < (timers[$1].deadlineMs, timers[$1].order)
        }), timers[next].deadlineMs <= end {
            let (deadlineMs, _, timer) = timers.remove(at: next)
            nowMs = max(nowMs, deadlineMs)
            carryOut(shard.timerFired(timer, nowMs: nowMs))
        }
        nowMs = end
    }

    /// The broker dies: who waits hears nothing, and a new shard reads the log.
    func restart(whileLoading happen: (GroupShard, _ nowMs: Int64) -> Void = { _, _ in }) {
        timers = []
        shard = GroupShard(config: config, topics: topics, randomId: ids.next)
        happen(shard, nowMs)
        for record in log { shard.apply(record) }
        carryOut(shard.loaded(nowMs: nowMs))
    }

    func isSet(_ timer: GroupTimer) -> Bool { timers.contains { $0.timer == timer } }

    private func carryOut(_ actions: GroupActions) {
        var surroundings = Surroundings(driver: self)
        shard.carryOut(actions, in: &surroundings)
    }

    private struct Surroundings: GroupSurroundings {
        let driver: ShardDriver

        mutating func append(_ records: [GroupRecord]) -> ErrorCode {
            let bytes = records.map { $0.encoded() }.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
            driver.largestBatchBytes = max(driver.largestBatchBytes, bytes)
            if driver.appendError == .none { driver.log += records }
            return driver.appendError
        }

        mutating func send(_ reply: GroupReply, to token: RequestToken) {
            precondition(driver.replies[token] == nil, "a request is answered once")
            driver.replies[token] = reply
        }

        mutating func fail(_ token: RequestToken, with error: ErrorCode) { driver.failures[token] = error }

        mutating func change(_ change: GroupTimerChange) {
            switch change {
            case .set(let timer, let afterMs):
                driver.timers.removeAll { $0.timer == timer }
                driver.order += 1
                driver.timers.append((driver.nowMs + afterMs, driver.order, timer))
            case .cancel(let timer): driver.timers.removeAll { $0.timer == timer }
            }
        }
    }
}

extension ShardDriver {
    static let client = GroupClient(clientId: "client", clientHost: "/127.0.0.1", apiVersion: 9)

    func join(
        _ memberId: String = "", group: String = "g", instance: String? = nil, metadata: [UInt8] = [1],
        protocols: [String] = ["range"], apiVersion: Int16 = 9, sessionMs: Int32 = 10_000, rebalanceMs: Int32 = 30_000
    ) -> RequestToken {
        var request = JoinGroupRequest()
        request.groupId = group
        request.memberId = memberId
        request.groupInstanceId = instance
        request.protocolType = "consumer"
        request.sessionTimeoutMs = sessionMs
        request.rebalanceTimeoutMs = rebalanceMs
        request.protocols = protocols.map { name in
            var supported = JoinGroupRequest.JoinGroupRequestProtocol()
            supported.name = name
            supported.metadata = metadata
            return supported
        }
        var client = Self.client
        client.apiVersion = apiVersion
        return ask { shard, token, now in shard.joinGroup(request, from: client, token: token, nowMs: now) }
    }

    func joined(_ token: RequestToken) -> JoinGroupResponse? {
        guard case .joinGroup(let response) = reply(token) else { return nil }
        return response
    }

    /// The id that a new member is given.
    func newMemberId(group: String = "g") -> String { joined(join(group: group))?.memberId ?? "" }

    func sync(
        _ memberId: String, generation: Int32, group: String = "g", assignments: [String: [UInt8]] = [:]
    ) -> RequestToken {
        var request = SyncGroupRequest()
        request.groupId = group
        request.memberId = memberId
        request.generationId = generation
        request.assignments = assignments.map { member, assignment in
            var entry = SyncGroupRequest.SyncGroupRequestAssignment()
            entry.memberId = member
            entry.assignment = assignment
            return entry
        }
        return ask { shard, token, now in shard.syncGroup(request, from: Self.client, token: token, nowMs: now) }
    }

    func synced(_ token: RequestToken) -> SyncGroupResponse? {
        guard case .syncGroup(let response) = reply(token) else { return nil }
        return response
    }

    func heartbeat(_ memberId: String, generation: Int32, group: String = "g") -> ErrorCode {
        var request = HeartbeatRequest()
        request.groupId = group
        request.memberId = memberId
        request.generationId = generation
        let token = ask { shard, token, now in shard.heartbeat(request, from: Self.client, token: token, nowMs: now) }
        guard case .heartbeat(let response) = reply(token) else { return .unknownServerError }
        return ErrorCode(rawValue: response.errorCode)
    }

    func leave(_ memberId: String, group: String = "g") -> ErrorCode {
        var request = LeaveGroupRequest()
        request.groupId = group
        var member = LeaveGroupRequest.MemberIdentity()
        member.memberId = memberId
        request.members = [member]
        let token = ask { shard, token, now in shard.leaveGroup(request, from: Self.client, token: token, nowMs: now) }
        guard case .leaveGroup(let response) = reply(token), let only = response.members.first else {
            return .unknownServerError
        }
        return ErrorCode(rawValue: only.errorCode)
    }

    func commit(
        _ offset: Int64, topic name: String = "t", partition: Int32 = 0, memberId: String = "", generation: Int32 = -1,
        group: String = "g"
    ) -> ErrorCode {
        var request = OffsetCommitRequest()
        request.groupId = group
        request.memberId = memberId
        request.generationIdOrMemberEpoch = generation
        var topic = OffsetCommitRequest.OffsetCommitRequestTopic()
        topic.name = name
        var entry = OffsetCommitRequest.OffsetCommitRequestPartition()
        entry.partitionIndex = partition
        entry.committedOffset = offset
        topic.partitions = [entry]
        request.topics = [topic]
        let token = ask { shard, token, now in
            shard.commitOffsets(request, from: Self.client, token: token, nowMs: now)
        }
        if let error = takeFailure(token) { return error }
        guard case .offsetCommit(let response) = reply(token) else { return .unknownServerError }
        return ErrorCode(rawValue: response.topics.first?.partitions.first?.errorCode ?? -1)
    }

    /// -1 when there is none.
    func committed(topic: String = "t", partition: Int32 = 0, group: String = "g") -> Int64 {
        shard.offsets.offset(group: group, topic: topic, partition: partition)?.offset ?? -1
    }

    func state(group: String = "g") -> String { shard.describeGroup(group, apiVersion: 5).groupState }
}
