// The server-side assignors against the answers of Kafka's own classes, recorded and fresh.

import Foundation
import KafkaAtHand
import KafkaWire
import Testing

@testable import Groups

@Suite("Server-side assignors")
struct AssignorTests {
    private static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    /// Fails for every line that is answered in another way than Kafka answered it; gives the number of lines.
    private static func compare(_ text: String, seeds: String) throws -> Int {
        let lines = text.split(separator: "\n")
        for (number, line) in lines.enumerated() {
            let recorded = try RecordedAssignment(line)
            let assignor = try #require(ServerAssignors.named(recorded.assignor))
            let answer = Result { () throws(AssignorError) in try assignor.assign(recorded.spec) }
            #expect(answer == recorded.answer, "\(recorded.assignor), line \(number + 1) of \(seeds)")
        }
        return lines.count
    }

    @Test("assign as Kafka's assignors did, group by group and round by round")
    func recorded() throws {
        let text = try String(contentsOfFile: Self.path("Fixtures/assignments.jsonl"), encoding: .utf8)
        #expect(try Self.compare(text, seeds: "the recording") > 400)
    }

    @Test(
        "assign fresh random groups as Kafka's classes do",
        .enabled(if: KafkaRelease.isWanted, Comment(rawValue: KafkaRelease.whyNone)))
    func fresh() throws {
        let jars = try #require(KafkaRelease.jars, Comment(rawValue: KafkaRelease.whyNone)).path
        let first = Int.random(in: 1_000...1_000_000_000)
        let java = Process()
        java.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        java.arguments = [
            "java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", KafkaJars.classPath(jars),
            Self.path("Oracle/AssignorRecorder.java"), "\(first)", "40",
        ]
        let output = Pipe()
        java.standardOutput = output
        java.standardError = FileHandle.nullDevice
        try java.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        java.waitUntilExit()
        try #require(java.terminationStatus == 0)
        #expect(try Self.compare(text, seeds: "40 groups from seed \(first)") >= 40)
    }

    @Test("a topic that does not exist fails as in Kafka", arguments: [SubscriptionType.homogeneous, .heterogeneous])
    func missingTopic(type: SubscriptionType) {
        let topic = Uuid(mostSignificantBits: 1, leastSignificantBits: 2)
        let spec = GroupSpec(
            members: [MemberSpec(memberId: "a", subscribedTopicIds: [topic])], subscriptionType: type,
            partitionCounts: [:])
        #expect(
            throws: AssignorError(
                text: "Members are subscribed to topic \(topic) which doesn't exist in the topic metadata.")
        ) { try UniformAssignor().assign(spec) }
        #expect(throws: AssignorError(text: "Member is subscribed to a non-existent topic")) {
            try RangeAssignor().assign(spec)
        }
    }

    @Test("nobody gets a partition that the topic does not have, whatever was assigned before")
    func strangePartitions() throws {
        let topic = Uuid(mostSignificantBits: 1, leastSignificantBits: 2)
        let stranger = Assignment([TopicPartitions(topicId: topic, partitions: [-1, 0, 7, .max])])
        let spec = GroupSpec(
            members: [
                MemberSpec(memberId: "a", subscribedTopicIds: [topic], assignment: stranger),
                MemberSpec(memberId: "b", subscribedTopicIds: [topic]),
            ],
            subscriptionType: .heterogeneous, partitionCounts: [topic: 2])
        let answer = try UniformAssignor().assign(spec)
        #expect(answer.map(\.partitionCount) == [1, 1])
    }
}

/// The part of Kafka's class path that its assignors are in.
private enum KafkaJars {
    /// The jars that the assignors need: a class path of all would take Java longer to open than the test takes.
    static func classPath(_ folder: String) -> String {
        let needed = [
            "kafka-group-coordinator-", "kafka-clients-", "kafka-server-common-", "slf4j-api-", "kafka-coordinator-",
        ]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in needed.contains { name.hasPrefix($0) } }.map { folder + "/" + $0 }
            .joined(separator: ":")
    }
}
