// Classic groups: joining, syncing, leaving, static members, time that runs out.

import KafkaMessages
import KafkaWire
import Testing

@testable import Groups

@Suite struct ClassicGroupTests {
    /// A group of one member that has its assignment.
    private func stableGroup(_ driver: ShardDriver) -> String {
        let member = driver.newMemberId()
        let join = driver.join(member)
        driver.advance(byMs: 0)
        #expect(driver.joined(join)?.generationId == 1)
        #expect(driver.synced(driver.sync(member, generation: 1, assignments: [member: [7]]))?.assignment == [7])
        return member
    }

    @Test func aNewMemberJoinsInTwoSteps() {
        let driver = ShardDriver()
        let first = driver.joined(driver.join())
        #expect(first?.errorCode == ErrorCode.memberIdRequired.rawValue)
        #expect(first?.memberId.hasPrefix("client-") == true)
        #expect(driver.state() == "Empty")
        let join = driver.join(first?.memberId ?? "")
        driver.advance(byMs: 0)
        let answer = driver.joined(join)
        #expect(answer?.leader == first?.memberId)
        #expect(answer?.members.map(\.metadata) == [[1]])
        #expect(driver.state() == "CompletingRebalance")
    }

    @Test func theAssignmentIsInTheLogBeforeAnybodyGetsIt() {
        let driver = ShardDriver()
        let member = stableGroup(driver)
        guard case .groupMetadata(_, let value?) = driver.log.last else {
            Issue.record("no group in the log")
            return
        }
        #expect(value.members.map(\.memberId) == [member])
        #expect(value.members.map(\.assignment) == [[7]])
        #expect(driver.state() == "Stable")
    }

    @Test func aLogThatTakesNothingSendsTheMembersBack() {
        let driver = ShardDriver()
        let member = driver.newMemberId()
        let join = driver.join(member)
        driver.advance(byMs: 0)
        _ = driver.joined(join)
        driver.appendError = .notCoordinator
        let sync = driver.sync(member, generation: 1, assignments: [member: [7]])
        #expect(driver.synced(sync)?.errorCode == ErrorCode.notCoordinator.rawValue)
        #expect(driver.state() == "PreparingRebalance")
    }

    @Test func aSecondMemberWaitsForTheFirst() {
        let driver = ShardDriver()
        let first = stableGroup(driver)
        let second = driver.newMemberId()
        let waiting = driver.join(second)
        #expect(driver.joined(waiting) == nil)
        #expect(driver.heartbeat(first, generation: 1) == .rebalanceInProgress)
        #expect(driver.commit(5, memberId: first, generation: 1) == .none)
        let rejoin = driver.join(first)
        let answers = [driver.joined(waiting), driver.joined(rejoin)]
        #expect(answers.map { $0?.generationId } == [2, 2])
        #expect(answers.map { $0?.members.count } == [0, 2])
        // The follower asks before the leader has assigned.
        let sync = driver.sync(second, generation: 2)
        #expect(driver.synced(sync) == nil)
        _ = driver.sync(first, generation: 2, assignments: [first: [1], second: [2]])
        #expect(driver.synced(sync)?.assignment == [2])
    }

    @Test func whoDoesNotRejoinIsRemovedWhenTheRebalanceTimeoutIsOver() {
        let driver = ShardDriver()
        let first = stableGroup(driver)
        let second = driver.newMemberId()
        let waiting = driver.join(second)
        // Kept alive by heartbeats, and never joining.
        for _ in 0..<9 {
            driver.advance(byMs: 3_000)
            #expect(driver.heartbeat(first, generation: 1) == .rebalanceInProgress)
        }
        #expect(driver.joined(waiting) == nil)
        driver.advance(byMs: 3_000)
        #expect(driver.joined(waiting)?.leader == second)
        #expect(driver.heartbeat(first, generation: 1) == .unknownMemberId)
    }

    @Test func silenceForTheSessionTimeoutEndsAMembership() {
        let driver = ShardDriver()
        let member = stableGroup(driver)
        driver.advance(byMs: 9_999)
        #expect(driver.heartbeat(member, generation: 1) == .none)
        driver.advance(byMs: 9_999)
        #expect(driver.state() == "Stable")
        driver.advance(byMs: 1)
        #expect(driver.state() == "Empty")
        guard case .groupMetadata(_, let value?) = driver.log.last else {
            Issue.record("the empty group is not in the log")
            return
        }
        #expect(value.members.isEmpty)
        #expect(value.generation == 2)
    }

    @Test func membersThatNeverSyncAreRemoved() {
        let driver = ShardDriver()
        let first = stableGroup(driver)
        let second = driver.newMemberId()
        let waiting = driver.join(second, sessionMs: 60_000)
        let rejoin = driver.join(first, sessionMs: 60_000)
        #expect(driver.joined(waiting)?.generationId == 2)
        #expect(driver.joined(rejoin)?.generationId == 2)
        _ = driver.sync(first, generation: 2, assignments: [first: [1], second: [2]])
        driver.advance(byMs: 30_000)
        #expect(driver.heartbeat(first, generation: 2) == .rebalanceInProgress)
        #expect(driver.heartbeat(second, generation: 2) == .unknownMemberId)
    }

    @Test func anIdThatWasGivenOutAndNotUsedIsForgotten() {
        let driver = ShardDriver()
        let first = stableGroup(driver)
        let unused = driver.newMemberId()
        let rejoin = driver.join(first, metadata: [2])
        #expect(driver.joined(rejoin) == nil, "the group waits for the one that was given an id")
        for _ in 0..<3 { driver.advance(byMs: 3_400) }
        #expect(driver.joined(rejoin)?.generationId == 2)
        #expect(driver.joined(driver.join(unused))?.errorCode == ErrorCode.unknownMemberId.rawValue)
    }

    @Test func aStaticMemberComesBackWithoutARebalance() {
        let driver = ShardDriver()
        let join = driver.join(instance: "one")
        driver.advance(byMs: 0)
        let old = driver.joined(join)?.memberId ?? ""
        #expect(driver.synced(driver.sync(old, generation: 1, assignments: [old: [7]]))?.assignment == [7])
        let back = driver.joined(driver.join(instance: "one"))
        #expect(back?.errorCode == 0)
        #expect(back?.generationId == 1)
        #expect(back?.skipAssignment == true)
        #expect(driver.state() == "Stable")
        let again = driver.joined(driver.join(old, instance: "one"))
        #expect(again?.errorCode == ErrorCode.fencedInstanceId.rawValue)
        let member = back?.memberId ?? ""
        #expect(driver.synced(driver.sync(member, generation: 1))?.assignment == [7])
    }

    @Test func theFirstGenerationWaitsForMoreMembersWhenToldSo() {
        var config = GroupCoordinatorConfig()
        config.classicInitialRebalanceDelayMs = 3_000
        let driver = ShardDriver(config: config)
        let first = driver.join(driver.newMemberId())
        driver.advance(byMs: 2_000)
        let second = driver.join(driver.newMemberId())
        driver.advance(byMs: 1_000)
        #expect(driver.joined(first) == nil, "somebody came, so the wait goes on")
        driver.advance(byMs: 3_000)
        #expect(driver.joined(first)?.members.count == 2)
        #expect(driver.joined(second)?.generationId == 1)
    }

    @Test func aFullGroupTakesNobody() {
        var config = GroupCoordinatorConfig()
        config.classicMaxSize = 1
        let driver = ShardDriver(config: config)
        _ = stableGroup(driver)
        #expect(driver.joined(driver.join())?.errorCode == ErrorCode.groupMaxSizeReached.rawValue)
    }

    @Test func membersAreThereAfterARestart() {
        let driver = ShardDriver()
        let member = stableGroup(driver)
        #expect(driver.commit(11, memberId: member, generation: 1) == .none)
        driver.restart()
        #expect(driver.state() == "Stable")
        #expect(driver.heartbeat(member, generation: 1) == .none)
        #expect(driver.synced(driver.sync(member, generation: 1))?.assignment == [7])
        #expect(driver.committed() == 11)
        driver.advance(byMs: 10_000)
        #expect(driver.state() == "Empty", "a member that did not survive is noticed")
    }

    @Test func whoHasNoTimeToJoinIsWaitedForWithoutLookingAgainAndAgain() {
        let driver = ShardDriver()
        let first = stableGroup(driver)
        let joins = [driver.join(instance: "i", rebalanceMs: 0), driver.join(instance: "j", rebalanceMs: 0)]
        let again = driver.join(first)
        #expect(driver.joined(again)?.generationId == 2)
        let away = joins.map { driver.joined($0)?.memberId ?? "" }
        for member in [first] + away {
            #expect(driver.synced(driver.sync(member, generation: 2, assignments: [first: [7]]))?.errorCode == 0)
        }
        #expect(driver.leave(first) == .none)
        // Nobody has joined, and nothing will change before somebody does.
        driver.advance(byMs: 1_000)
        #expect(driver.state() == "PreparingRebalance")
        #expect(!driver.isSet(.classicJoin(groupId: "g")))
        let back = driver.join(away[0], instance: "i", rebalanceMs: 0)
        driver.advance(byMs: 0)
        let joined = driver.joined(back)
        #expect(joined?.generationId == 3 && joined?.leader == away[0] && joined?.members.count == 2)
    }

    @Test func theProtocolThatMostMembersLikeIsChosen() {
        let driver = ShardDriver()
        let group = ClassicGroup(groupId: "g", nowMs: 0)
        for (id, names) in [("a", ["x", "y"]), ("b", ["y", "x", "z"]), ("c", ["z", "y", "x"])] {
            let protocols = names.map { name in
                var supported = ClassicMember.SupportedProtocol()
                supported.name = name
                return supported
            }
            group.add(
                ClassicMember(
                    memberId: id, groupInstanceId: nil, clientId: "", clientHost: "", rebalanceTimeoutMs: 0,
                    sessionTimeoutMs: 0, protocols: protocols), protocolType: "consumer")
        }
        #expect(group.selectProtocol() == "y", "z is not everybody's; c's next choice is y")
        #expect(driver.log.isEmpty)
    }
}
