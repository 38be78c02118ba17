// What the real broker answered: the cases of Fixtures/validation.json, made by Interop/records/ask_validation.py.

import Foundation
import Testing

@testable import Records

struct ValidationCases: Decodable {
    struct Case: Decodable {
        let name: String
        let topic: String
        let version: Int16
        /// Hexadecimal; nil for a null field.
        let records: String?
        let transactionalId: String?
        let answer: Answer
        let nowMs: Int64?
        /// What a fetch gave back, in hexadecimal, when the records were taken.
        let stored: String?

        enum CodingKeys: String, CodingKey {
            case name, topic, version, records, answer, nowMs, stored
            case transactionalId = "transactional_id"
        }
    }

    struct PartitionAnswer: Decodable {
        struct Fault: Decodable {
            let batchIndex: Int32
            let message: String?
        }

        let errorCode: Int16
        let baseOffset: Int64
        let logAppendTimeMs: Int64
        let logStartOffset: Int64?
        let recordErrors: [Fault]?
        let errorMessage: String?
        /// In requests of several partitions.
        let topic: String?
    }

    enum Answer: Decodable {
        case partition(PartitionAnswer)
        /// "closed" or "silence": no answer came.
        case none(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .none(text)
            } else {
                self = .partition(try container.decode(PartitionAnswer.self))
            }
        }
    }

    /// One request with a good batch for the topic `plain` and a bad one for the topic `compacted`.
    struct Together: Decodable {
        let name: String
        let version: Int16
        let good: String
        let bad: String
        let answer: [PartitionAnswer]
    }

    let topics: [String: [String: String]]
    let cases: [Case]
    let together: [Together]

    static func load() throws -> ValidationCases {
        try JSONDecoder().decode(ValidationCases.self, from: Fixture.data("validation.json"))
    }

    /// The rules that a topic's settings in the file come to.
    func rules(of topic: String) throws -> AppendRules {
        var rules = AppendRules(topic: topic, partition: 0)
        for (key, value) in try #require(topics[topic]) {
            switch key {
            case "cleanup.policy": rules.isCompacted = value.contains("compact")
            case "message.timestamp.type": rules.timestampType = value == "LogAppendTime" ? .logAppendTime : .createTime
            case "message.timestamp.before.max.ms": rules.timestampBeforeMaxMs = try #require(Int64(value))
            case "message.timestamp.after.max.ms": rules.timestampAfterMaxMs = try #require(Int64(value))
            case "max.message.bytes": rules.maxMessageSizeBytes = try #require(Int(value))
            case "compression.type": rules.target = .fixed(try settings(value, topic: topic))
            default: #expect(key.hasSuffix(".level"), "a setting that the test does not know: \(key)")
            }
        }
        return rules
    }

    private func settings(_ name: String, topic: String) throws -> CompressionSettings {
        if name == "uncompressed" { return .none }
        let codec = try #require(CompressionCodec.allCases.first { $0.name == name })
        guard let level = topics[topic]?["compression.\(name).level"] else { return CompressionSettings(codec) }
        let number = try #require(Int(level))
        return try #require(CompressionSettings(codec, level: number))
    }
}

/// Files beside the tests.
enum Fixture {
    static func data(_ name: String) throws -> Data {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        return try Data(contentsOf: folder.appendingPathComponent(name))
    }
}

/// The bytes that a hexadecimal text stands for.
func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { $0 <= 0x39 ? $0 - 0x30 : $0 - 0x61 + 10 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
