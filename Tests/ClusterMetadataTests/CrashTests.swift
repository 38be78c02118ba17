import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Testing

@testable import ClusterMetadata

/// The disk goes down in one call after the other: format, start and requests must not lose what was acknowledged.
@Suite struct CrashTests {
    /// What clients were told.
    private struct Told {
        var topics: [String: Uuid] = [:]
        var producerIds: [Int64] = []
        /// A topic whose deletion was asked for.
        var deleted: (name: String, isAcknowledged: Bool)?
    }

    /// Starts and asks, until the disk goes down or all is done.
    private static func live(_ node: MetadataNode, _ told: inout Told, round: Int) async {
        do {
            try node.start()
            for name in ["a\(round)", "b\(round)"] {
                let answer = try await node.create(
                    ControllerBench.topic(name, partitions: 3, configs: ["retention.ms": "77"]))
                if answer.errorCode == 0 { told.topics[name] = answer.topicId }
            }
            told.producerIds.append(try await node.allocateProducerIds().firstId)
            told.deleted = ("a\(round)", false)
            if try await node.delete("a\(round)") == .none { told.deleted = ("a\(round)", true) }
            try node.stop()
        } catch {
            // The disk is down.
        }
    }

    private static func check(_ node: MetadataNode, _ told: Told, _ place: Comment) async throws {
        let store = try node.start()
        let image = store.image
        for (name, id) in told.topics {
            if let deleted = told.deleted, deleted.name == name {
                if deleted.isAcknowledged { #expect(image.topic(name) == nil, place) }
                continue
            }
            #expect(image.topic(name)?.id == id, place)
        }
        // Acknowledged or not: a topic is there as a whole or not at all.
        for topic in image.topics.all {
            #expect(topic.partitionCount == 3, place)
            #expect(topic.partitions.allSatisfy { !$0.isAbsent && $0.leader == 1 }, place)
            #expect(image.settings(ofTopic: topic.name) == ["retention.ms": "77"], place)
        }
        let next = try await node.allocateProducerIds().firstId
        #expect(told.producerIds.allSatisfy { $0 < next }, place)
        #expect(image.features[ClusterFeature.metadataVersion] == MetadataVersion.latest.rawValue, place)
        #expect(
            try await node.create(ControllerBench.topic("after", partitions: 3, configs: ["retention.ms": "77"]))
                .errorCode == 0)
        let state = try node.image.state
        node.crash(.power)
        #expect(try node.replayed() == state, place)
    }

    /// The calls of a whole life, without a crash in it.
    private static func callsOfALife(keys: [String: String], startedBefore: Bool) async throws -> Int {
        let node = MetadataNode(keys: keys)
        var told = Told()
        if startedBefore { await live(node, &told, round: 0) }
        let before = node.fileSystem.callCount
        await live(node, &told, round: 1)
        #expect(told.deleted?.isAcknowledged == true && told.topics.count == (startedBefore ? 4 : 2))
        return node.fileSystem.callCount - before
    }

    @Test(arguments: [false, true])
    func nothingAcknowledgedIsLostWhicheverCallIsTheLast(startedBefore: Bool) async throws {
        let calls = try await Self.callsOfALife(keys: [:], startedBefore: startedBefore)
        #expect(calls > 30)
        for call in 1...calls {
            // A killed process loses nothing by itself; what it had not synced, the power cut at the end of `check`
            // takes.
            for crash in startedBefore ? [SimulatedCrash.power] : [.power, .process] {
                let node = MetadataNode(seed: UInt64(call))
                var told = Told()
                if startedBefore { await Self.live(node, &told, round: 0) }
                node.fileSystem.crash(atCall: call)
                var now = told
                now.deleted = nil
                await Self.live(node, &now, round: 1)
                if let earlier = told.deleted { now.topics[earlier.name] = nil }
                node.crash(crash)
                try await Self.check(node, now, "a \(crash) crash in call \(call)")
            }
        }
    }

    @Test func aCrashWhileSnapshotsAreWrittenLosesNothing() async throws {
        let keys = SnapshotTests.dueAtOnce
        let calls = try await Self.callsOfALife(keys: keys, startedBefore: true)
        for call in stride(from: 1, through: calls, by: 2) {
            let node = MetadataNode(seed: UInt64(call), keys: keys)
            var told = Told()
            await Self.live(node, &told, round: 0)
            node.fileSystem.crash(atCall: call)
            var now = told
            now.deleted = nil
            await Self.live(node, &now, round: 1)
            if let earlier = told.deleted { now.topics[earlier.name] = nil }
            node.crash(.power)
            try await Self.check(node, now, "a crash in call \(call)")
        }
    }

    @Test func anotherCrashDuringTheRestartLosesNothing() async throws {
        for first in stride(from: 5, to: 60, by: 9) {
            for second in stride(from: 1, to: 30, by: 6) {
                let node = MetadataNode(seed: UInt64(first * 100 + second))
                var told = Told()
                node.fileSystem.crash(atCall: first)
                await Self.live(node, &told, round: 1)
                node.crash(.power)
                node.fileSystem.crash(atCall: second)
                var ignored = Told()
                await Self.live(node, &ignored, round: 2)
                node.crash(.power)
                let place: Comment = "crashes in calls \(first) and \(second)"
                // The second life may have deleted nothing of the first's, and added to it.
                for (name, id) in ignored.topics where ignored.deleted?.name != name { told.topics[name] = id }
                told.producerIds += ignored.producerIds
                try await Self.check(node, told, place)
            }
        }
    }

    // MARK: A torn tail

    @Test func aTornTailIsCutToTheLastWholeBatch() async throws {
        let base = MetadataNode()
        try base.start()
        for number in 0..<3 {
            _ = try await base.create(ControllerBench.topic("t\(number)", partitions: 2))
        }
        let stateBefore = try base.image.state
        let path = FilePath.join(base.logPath, "00000000000000000000.log")
        let before = try base.bytes(path).count
        _ = try await base.create(ControllerBench.topic("last", partitions: 2))
        let whole = try base.bytes(path)
        let after = try base.image.state
        base.crash(.process)
        #expect(whole.count > before)
        for kept in before...whole.count {
            try base.fileSystem.open(path, .truncate).write(Array(whole[..<kept]))
            #expect(
                try base.replayed() == (kept == whole.count ? after : stateBefore),
                "\(kept - before) bytes of the last batch")
        }
    }

    @Test func whatIsNoBatchAtTheTailIsCut() async throws {
        let node = MetadataNode()
        try node.start()
        _ = try await node.create(ControllerBench.topic("t"))
        let state = try node.image.state
        let path = FilePath.join(node.logPath, "00000000000000000000.log")
        node.crash(.process)
        let whole = try node.bytes(path)
        for tail in [[UInt8](repeating: 0, count: 200), [UInt8](repeating: 0xFF, count: 200), Array(whole[..<100])] {
            try node.fileSystem.open(path, .truncate).write(whole + tail)
            #expect(try node.replayed() == state)
            #expect(try node.bytes(path).count == whole.count)
        }
        // And the log goes on behind it.
        try node.start()
        _ = try await node.create(ControllerBench.topic("next"))
        node.crash(.power)
        #expect(Set(try node.replayed().topics.names) == ["t", "next"])
    }
}
