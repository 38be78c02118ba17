// What Kafka's own assignors were given and answered: the lines of Oracle/AssignorRecorder.java.

import Foundation
import KafkaWire
import Testing

@testable import Groups

struct RecordedAssignment {
    let assignor: String
    let spec: GroupSpec
    let answer: Result<[Assignment], AssignorError>

    private struct Line: Decodable {
        let assignor: String
        let type: String
        let topics: [String]
        let members: [[String]]
        let answer: [String]?
        let failure: String?
    }

    init(_ line: Substring) throws {
        let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        let topics = try line.topics.map { text in
            let words = text.split(separator: " ")
            return (try #require(Uuid(String(words[0]))), try #require(Int(words[1])))
        }
        assignor = line.assignor
        spec = GroupSpec(
            members: try line.members.map { fields in
                MemberSpec(
                    memberId: fields[0], instanceId: fields[1].isEmpty ? nil : fields[1],
                    rackId: fields[4].isEmpty ? nil : fields[4],
                    subscribedTopicIds: fields[2].split(separator: " ").map { topics[Int($0) ?? -1].0 },
                    assignment: try Self.assignment(fields[3], topics: topics.map(\.0)))
            },
            subscriptionType: line.type == "homogeneous" ? .homogeneous : .heterogeneous,
            partitionCounts: Dictionary(uniqueKeysWithValues: topics))
        if let failure = line.failure {
            answer = .failure(AssignorError(text: failure))
        } else {
            answer = .success(
                try #require(line.answer).map { try Self.assignment($0, topics: topics.map(\.0)) })
        }
    }

    /// Reads "TOPIC:PARTITION,FIRST-LAST;…".
    private static func assignment(_ text: String, topics: [Uuid]) throws -> Assignment {
        Assignment(
            try text.split(separator: ";").map { topic in
                let halves = topic.split(separator: ":")
                let partitions = try halves[1].split(separator: ",").flatMap { run in
                    let ends = try run.split(separator: "-").map { try #require(Int32($0)) }
                    return Array(ends[0]...ends[ends.count - 1])
                }
                return TopicPartitions(topicId: topics[try #require(Int(halves[0]))], partitions: partitions)
            })
    }
}
