// Groups with members of both protocols: classic ones become consumer groups and go back, and nobody is lost meanwhile.

import Bytes
import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

/// A classic consumer, as far as a test needs one.
struct ClassicConsumer {
    var memberId = ""
    var generation: Int32 = -1
    var topics = ["t"]
    var ownedPartitions: [Int32] = []

    /// Joins in two steps, as clients do that know of member ids; gives the answer once there is one.
    mutating func join(_ world: ConsumerWorld, instanceId: String? = nil) -> RequestToken {
        var request = JoinGroupRequest()
        request.groupId = "g"
        request.memberId = memberId
        request.groupInstanceId = instanceId
        request.protocolType = "consumer"
        request.sessionTimeoutMs = 30_000
        request.rebalanceTimeoutMs = 60_000
        var known = JoinGroupRequest.JoinGroupRequestProtocol()
        known.name = "cooperative-sticky"
        known.metadata = subscription
        request.protocols = [known]
        let token = world.token()
        world.carryOut(
            world.shard.joinGroup(
                request, from: GroupClient(clientId: "old", clientHost: "/127.0.0.1", apiVersion: 9), token: token,
                nowMs: world.nowMs))
        if case .joinGroup(let response) = world.replies[token.value],
            response.errorCode == ErrorCode.memberIdRequired.rawValue
        {
            memberId = response.memberId
            return join(world, instanceId: instanceId)
        }
        return token
    }

    private var subscription: [UInt8] {
        var message = ConsumerProtocolSubscription()
        message.topics = topics
        var owned = ConsumerProtocolSubscription.TopicPartition()
        owned.topic = "t"
        owned.partitions = ownedPartitions
        if !ownedPartitions.isEmpty { message.ownedPartitions = [owned] }
        var writer = WireWriter(reserving: 64)
        writer.writeInt16(1)
        message.encode(to: &writer, version: 1)
        return writer.finishBytes().withUnsafeBytes { Array($0) }
    }

    mutating func joined(_ token: RequestToken, _ world: ConsumerWorld) -> JoinGroupResponse? {
        guard case .joinGroup(let response) = world.replies[token.value] else { return nil }
        if response.errorCode == 0 { (memberId, generation) = (response.memberId, response.generationId) }
        return response
    }

    func sync(
        _ world: ConsumerWorld, assignments: [SyncGroupRequest.SyncGroupRequestAssignment] = []
    ) -> SyncGroupResponse? {
        var request = SyncGroupRequest()
        request.groupId = "g"
        request.memberId = memberId
        request.generationId = generation
        request.protocolType = "consumer"
        request.protocolName = "cooperative-sticky"
        request.assignments = assignments
        let token = world.token()
        world.carryOut(
            world.shard.syncGroup(
                request, from: GroupClient(clientId: "old", clientHost: "/127.0.0.1", apiVersion: 5), token: token,
                nowMs: world.nowMs))
        if case .syncGroup(let response) = world.replies[token.value] { return response }
        return nil
    }

    func heartbeat(_ world: ConsumerWorld) -> ErrorCode? {
        var request = HeartbeatRequest()
        request.groupId = "g"
        request.memberId = memberId
        request.generationId = generation
        let token = world.token()
        world.carryOut(
            world.shard.heartbeat(
                request, from: GroupClient(clientId: "old", clientHost: "/127.0.0.1", apiVersion: 4), token: token,
                nowMs: world.nowMs))
        if case .heartbeat(let response) = world.replies[token.value] { return ErrorCode(rawValue: response.errorCode) }
        return nil
    }

    static func partitions(_ assignment: [UInt8]) -> [Int32]? {
        (try? EmbeddedConsumerProtocol.assignment(assignment))?.assignedPartitions.flatMap(\.partitions).sorted()
    }
}

@Suite("Groups of both protocols")
struct MixedGroupTests {
    private func world(_ change: (inout GroupCoordinatorConfig) -> Void = { _ in }) -> ConsumerWorld {
        var topics = FakeTopics()
        topics.add("t", partitions: 4, id: 1)
        var config = GroupCoordinatorConfig()
        config.consumerAssignmentIntervalMs = 0
        change(&config)
        return ConsumerWorld(config: config, topics: topics)
    }

    /// A stable classic group of one member that has all four partitions.
    private func classicGroup(_ world: ConsumerWorld) throws -> ClassicConsumer {
        var old = ClassicConsumer()
        let token = old.join(world)
        world.pass(ms: 1)
        let answer = old.joined(token, world)
        let joined = try #require(answer)
        #expect(joined.errorCode == 0 && joined.leader == old.memberId)
        var own = SyncGroupRequest.SyncGroupRequestAssignment()
        own.memberId = old.memberId
        let topic = try #require(world.topics.topic(named: "t")).id
        own.assignment = EmbeddedConsumerProtocol.encode(
            Assignment([TopicPartitions(topicId: topic, partitions: [0, 1, 2, 3])]), for: [0, 1], topics: world.topics)
        let synced = try #require(old.sync(world, assignments: [own]))
        #expect(ClassicConsumer.partitions(synced.assignment) == [0, 1, 2, 3])
        old.ownedPartitions = [0, 1, 2, 3]
        return old
    }

    @Test(
        "a member of the consumer protocol turns a classic group into a consumer group, and its leaving turns it back")
    func upgradeAndDowngrade() throws {
        let world = world()
        var old = try classicGroup(world)
        let new = try #require(world.heartbeat(.join("new")))
        #expect(new.errorCode == 0 && new.assigned(world.topics) == [:])
        let group = try #require(world.group("g"))
        #expect(group.kind == .consumer && group.members[old.memberId]?.usesClassicProtocol == true)
        #expect(group.members[old.memberId]?.assigned.assignment.partitionCount == 4)

        // The old member is told to join, gives up two partitions, joins again and is in.
        #expect(old.heartbeat(world) == .rebalanceInProgress)
        var token = old.join(world)
        var joinedAgain = old.joined(token, world)
        #expect(joinedAgain?.errorCode == 0)
        let kept = try #require(old.sync(world).flatMap { ClassicConsumer.partitions($0.assignment) })
        #expect(kept.count == 2)
        old.ownedPartitions = kept
        #expect(old.heartbeat(world) == .rebalanceInProgress)
        token = old.join(world)
        joinedAgain = old.joined(token, world)
        #expect(joinedAgain?.generationId == new.memberEpoch)
        #expect(old.sync(world).flatMap { ClassicConsumer.partitions($0.assignment) } == kept)
        #expect(old.heartbeat(world) == ErrorCode.none)
        let rest = try #require(world.heartbeat(.beat("new", epoch: new.memberEpoch)))
        #expect(Set((rest.assigned(world.topics)?["t"] ?? []) + kept) == [0, 1, 2, 3])

        // What is in the log says the same.
        world.restart()
        #expect(world.group("g")?.members.count == 2)
        #expect(old.heartbeat(world) == ErrorCode.none)

        let left = world.heartbeat(.beat("new", epoch: -1))
        #expect(left?.errorCode == 0 && world.group("g") == nil)
        guard case .classic(let classic) = world.shard.groups["g"] else {
            Issue.record("not a classic group")
            return
        }
        #expect(classic.members.keys.sorted() == [old.memberId])
        #expect(old.heartbeat(world) == .illegalGeneration || old.heartbeat(world) == .rebalanceInProgress)
        token = old.join(world)
        world.pass(ms: 1)
        joinedAgain = old.joined(token, world)
        #expect(joinedAgain?.errorCode == 0)
    }

    @Test("a consumer that joins as a classic member is one, and the group a classic one as soon as anybody leaves")
    func consumerTurnsClassic() throws {
        let world = world()
        _ = try #require(world.heartbeat(.join("new")))
        var turned = ClassicConsumer(memberId: "new")
        var token = turned.join(world)
        var joined = turned.joined(token, world)
        #expect(joined?.errorCode == 0)
        var other = ClassicConsumer()
        token = other.join(world)
        joined = other.joined(token, world)
        #expect(joined?.errorCode == 0)
        let group = try #require(world.group("g"))
        #expect(group.classicMemberCount == 2 && group.members.count == 2)

        var leaving = LeaveGroupRequest()
        leaving.groupId = "g"
        var member = LeaveGroupRequest.MemberIdentity()
        member.memberId = "new"
        leaving.members = [member]
        world.carryOut(
            world.shard.leaveGroup(
                leaving, from: GroupClient(clientId: "old", clientHost: "/127.0.0.1", apiVersion: 5),
                token: world.token(), nowMs: world.nowMs))
        guard case .classic(let classic) = world.shard.groups["g"] else {
            Issue.record("not a classic group")
            return
        }
        #expect(classic.members.keys.sorted() == [other.memberId])
    }

    @Test("a group whose log did not take the change is what it was")
    func upgradeFails() throws {
        let world = world()
        let old = try classicGroup(world)
        world.appendError = .notLeaderOrFollower
        #expect(world.heartbeat(.join("new")) == nil)
        #expect(world.group("g") == nil)
        world.appendError = .none
        #expect(old.heartbeat(world) == ErrorCode.none)
    }

    @Test("what the policy forbids is refused in Kafka's words")
    func policy() throws {
        let world = world { $0.consumerMigrationPolicy = .disabled }
        let old = try classicGroup(world)
        let refused = try #require(world.heartbeat(.join("new")))
        #expect(refused.errorCode == ErrorCode.groupIdNotFound.rawValue)
        #expect(
            refused.errorMessage
                == "Cannot upgrade classic group g to consumer group because online upgrade is disabled.")
        #expect(old.heartbeat(world) == ErrorCode.none)
    }

    @Test("a classic member that is told to join and does not is put out")
    func joinTimeout() throws {
        let world = world()
        let old = try classicGroup(world)
        _ = world.heartbeat(.join("new"))
        for _ in 0..<12 {
            #expect(old.heartbeat(world) == .rebalanceInProgress)
            world.pass(ms: 4_900)
            _ = world.heartbeat(.beat("new", epoch: world.group("g")?.members["new"]?.memberEpoch ?? 0))
        }
        world.pass(ms: 2_000)
        #expect(world.group("g")?.members.keys.sorted() == ["new"])
    }
}
