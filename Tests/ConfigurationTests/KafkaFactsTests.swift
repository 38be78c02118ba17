// The tables, the checks and the reading of properties, against what Oracle/ConfigFacts.java and the recorders wrote
// down.

import Foundation
import Testing

@testable import Configuration

@Suite struct KafkaFactsTests {
    private func lines(_ name: String) throws -> [String] {
        try String(contentsOf: Fixtures.url(name), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func objects<Object: Decodable>(_ name: String, as type: Object.Type) throws -> [Object] {
        try lines(name).map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    // MARK: Tables

    /// A row of our table as ConfigFacts.java prints Kafka's.
    private func fact(_ definition: ConfigDefinition, table: String) -> String {
        let updates: [ConfigUpdateMode: String] = [
            .readOnly: "read-only", .perBroker: "per-broker", .clusterWide: "cluster-wide",
        ]
        let importance: [ConfigImportance: String] = [.high: "HIGH", .medium: "MEDIUM", .low: "LOW"]
        return [
            table, definition.name, definition.type.name, definition.defaultText.map { "=\($0)" } ?? "null",
            validator(definition.validator), importance[definition.importance] ?? "", "\(definition.isInternal)",
            table == "BROKER" ? updates[definition.updateMode] ?? "" : "",
        ].joined(separator: "\t")
    }

    private func validator(_ validator: ConfigValidator) -> String {
        func list(_ words: [String]) -> String { "[\(words.joined(separator: ", "))]" }
        switch validator {
        case .none: return ""
        case .atLeast(let low): return "Range [\(low),...]"
        case .between(let low, let high): return "Range [\(low),...,\(high)]"
        case .fraction(let high): return "Range [0,...,\(high)]"
        case .oneOf(let words): return "ValidString \(list(words))"
        case .oneOfIgnoringCase(let words): return "CaseInsensitiveValidString (case insensitive) \(list(words))"
        case .listOf(let words, let mayBeEmpty): return "ValidList \(list(words)) \(mayBeEmpty) false"
        case .distinct(let mayBeEmpty, let mayBeNull): return "ValidList  \(mayBeEmpty) \(mayBeNull)"
        case .nonEmptyString: return "NonEmptyString non-empty string"
        case .nonNull: return "NonNullValidator non-null string"
        case .gzipLevel: return "LambdaValidator [1,...,9] or -1"
        case .throttledReplicas:
            return "ThrottledReplicaListValidator [partitionId]:[brokerId],[partitionId]:[brokerId],..."
        case .quorumVoters: return "ControllerQuorumVotersValidator non-empty list"
        case .hostsAndPorts: return "ControllerQuorumBootstrapServersValidator non-empty list"
        case .shareOffsetReset: return "Validator [latest, earliest, by_duration:PnDTnHnMn.nS]"
        }
    }

    @Test func ourTablesAreKafkasInItsOrder() throws {
        let tables: [(String, ConfigTable)] = [
            ("BROKER", .broker), ("TOPIC", .topic), ("GROUP", .group), ("CLIENT_METRICS", .clientMetrics),
        ]
        let ours = tables.flatMap { name, table in table.definitions.map { fact($0, table: name) } }
        let theirs = try lines("facts.tsv")
        #expect(theirs.count > 400)
        for (our, their) in zip(ours, theirs) { #expect(our == their) }
        #expect(ours.count == theirs.count)
    }

    // MARK: Topics

    private struct TopicCase: Decodable {
        let settings: [String: String?]
        let error: Int
        let message: String?
    }

    @Test func aTopicsSettingsAreRefusedWhereKafkaRefusesThemAndWithItsWords() throws {
        let broker = try BrokerConfiguration()
        let cases = try objects("topic-settings.jsonl", as: TopicCase.self)
        #expect(cases.count > 800)
        for one in cases {
            var said: String?
            do throws(InvalidConfiguration) {
                let settings = one.settings.sorted { $0.key < $1.key }.map { TopicSetting($0.key, $0.value) }
                try TopicConfiguration.validate(settings, broker: broker)
            } catch {
                said = error.message
            }
            #expect(said == one.message, "\(one.settings)")
            #expect(one.error == (said == nil ? 0 : 40))
        }
    }

    // MARK: Brokers

    private struct BrokerCase: Decodable {
        let settings: [String: String]
        let message: String?
    }

    /// What differs on purpose, by the settings of the case: what Martlet says, or that it accepts them (nil).
    private static let differences: [[String: String]: String?] = [
        // One node needs no listener for its controller, and no address of a quorum.
        ["listeners": "PLAINTEXT://localhost:9092"]: nil,
        ["controller.quorum.bootstrap.servers": ""]: nil,
        // Kafka starts, and fails when it opens the port.
        ["listeners": "PLAINTEXT://:-1,CONTROLLER://:9093"]: "Unable to parse PLAINTEXT://:-1 to a broker endpoint",
        ["listeners": "PLAINTEXT://:65536,CONTROLLER://:9093"]:
            "Unable to parse PLAINTEXT://:65536 to a broker endpoint",
        // Kafka lets Java's own exceptions through.
        ["listeners": "PLAINTEXT://:99999999999,CONTROLLER://:9093"]:
            "Unable to parse PLAINTEXT://:99999999999 to a broker endpoint",
        ["listener.security.protocol.map": "PLAINTEXT"]: "PLAINTEXT is no NAME:PROTOCOL",
        ["max.connections.per.ip.overrides": "127.0.0.1"]: "127.0.0.1 is no HOST:COUNT",
        ["max.connections.per.ip.overrides": "a:x"]: "no number stands in a:x",
        ["max.connections.per.ip.overrides": "a:"]: "no number stands in a:",
        ["log.cleaner.threads": "0"]: "log.cleaner.threads must be at least 1",
        ["controller.quorum.bootstrap.servers": "localhost:99999"]: "Failed to parse host name from localhost:99999",
        // Kafka names the older key, which is the same setting.
        ["node.id": "x"]: "Invalid value x for configuration node.id: Not a number of type INT",
        // Roles of their own are not served.
        ["process.roles": "broker"]: "process.roles=broker: a node is broker,controller here",
        ["process.roles": "broker,broker"]: "process.roles=broker: a node is broker,controller here",
            // What Kafka's list of listeners says about a listener that is no controller's any more.
    ]

    @Test func aBrokersSettingsAreRefusedWhereKafkaRefusesThemAndWithItsWords() throws {
        let cases = try objects("broker-settings.jsonl", as: BrokerCase.self)
        #expect(cases.count > 200)
        var unused = Set(Self.differences.keys)
        for one in cases {
            let plain = [
                "process.roles": "broker,controller", "node.id": "1",
                "controller.quorum.bootstrap.servers": "localhost:9093",
                "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
                "controller.listener.names": "CONTROLLER",
            ]
            let settings = plain.merging(one.settings) { $1 }
            var said: [String] = []
            do throws(ConfigurationError) {
                _ = try BrokerConfiguration(kafka: settings.map { ConfigSetting($0, $1, from: .argument("test")) })
            } catch {
                said = error.problems
            }
            let wanted: String?
            if let difference = Self.differences[one.settings] {
                wanted = difference
                unused.remove(one.settings)
            } else {
                wanted = one.message
            }
            if let wanted {
                #expect(said.contains { $0.contains(wanted) }, "\(one.settings): \(said), not \(wanted)")
            } else {
                #expect(said == [], "\(one.settings)")
            }
        }
        #expect(unused.isEmpty, "differences that no case has: \(unused)")
    }

    @Test func whatIsNotServedYetIsRefusedInsteadOfSilentlyLeftOut() throws {
        for (name, text, words) in [
            ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "not served yet"),
            ("listeners", "SSL://127.0.0.1:9093,PLAINTEXT://127.0.0.1:9092", "only PLAINTEXT is served yet"),
            ("controller.quorum.voters", "1@a:1,2@b:1", "one is served yet"),
        ] {
            do throws(ConfigurationError) {
                _ = try BrokerConfiguration([ConfigSetting(name, text, from: .argument("test"))])
                Issue.record("\(name)=\(text) is accepted")
            } catch {
                #expect(error.description.contains(words))
            }
        }
    }

    // MARK: Properties

    private struct PropertiesCase: Decodable {
        let text: String
        let entries: [String: String]?
    }

    @Test func propertiesAreReadAsJavaReadsThem() throws {
        let cases = try objects("properties.jsonl", as: PropertiesCase.self)
        #expect(cases.count > 80)
        for one in cases {
            let digits = Array(one.text)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
            let read = try? PropertiesText.parse(bytes)
            let entries = read.map { Dictionary($0.map { ($0.key, $0.value) }) { $1 } }
            #expect(entries == one.entries, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}
