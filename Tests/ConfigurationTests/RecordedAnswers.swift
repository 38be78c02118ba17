// The DescribeConfigs answers that Oracle/record.sh recorded from Apache Kafka.

@testable import Configuration
import Foundation

/// One recorded answer.
struct RecordedAnswer: Decodable, CustomStringConvertible {
    let state: String
    let resource: String
    let name: String
    let keys: [String]?
    let error: Int
    let message: String?
    let configs: [Config]

    var description: String { "\(state) \(resource) \(name) \(keys ?? [])" }

    struct Config: Decodable {
        let name: String
        let value: String?
        let readOnly: Bool
        let source: Int8
        let sensitive: Bool
        let type: Int8
        let synonyms: [Synonym]

        var described: DescribedConfig {
            DescribedConfig(
                name: name, value: value, isReadOnly: readOnly, source: ConfigSource(rawValue: source) ?? .unknown,
                isSensitive: sensitive, synonyms: synonyms.map(\.described),
                type: ConfigType(rawValue: type) ?? .unknown)
        }
    }

    /// Name, value, source.
    struct Synonym: Decodable {
        let described: DescribedConfig.Synonym

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            let name = try list.decode(String.self)
            let value = try list.decode(String?.self)
            let source = ConfigSource(rawValue: try list.decode(Int8.self)) ?? .unknown
            described = .init(name: name, value: value, source: source)
        }
    }
}

/// A recording: the settings that Kafka was started with, and its answers.
struct Recording {
    let settings: [ConfigSetting]
    let answers: [RecordedAnswer]

    init(_ name: String) throws {
        settings = try ConfigSources.file(
            Array(Data(contentsOf: Fixtures.url("\(name).properties"))), path: "\(name).properties"
        ).map { setting in
            var setting = setting
            setting.text = Self.filled(setting.text)
            return setting
        }
        answers = try String(contentsOf: Fixtures.url("\(name).describe.jsonl"), encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(RecordedAnswer.self, from: Data(Self.filled(String($0)).utf8)) }
    }

    /// The ports and the folder of a recording are written as names.
    private static func filled(_ text: String) -> String {
        text.replacing("@PORT@", with: "9092").replacing("@CONTROLLER_PORT@", with: "9093")
            .replacing("@LOG_DIR@", with: "/var/lib/kafka")
    }

    func answer(_ state: String, _ resource: String, _ name: String, keys: [String]? = nil) -> RecordedAnswer? {
        answers.first { $0.state == state && $0.resource == resource && $0.name == name && $0.keys == keys }
    }
}

enum Fixtures {
    static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    }
}
