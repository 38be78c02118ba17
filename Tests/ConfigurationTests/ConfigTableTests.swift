// The tables of keys.

import Testing

@testable import Configuration

@Suite struct ConfigTableTests {
    @Test func everyKeyIsFoundByItsNameAndAllowsItsOwnDefault() throws {
        for table in [ConfigTable.broker, .topic, .group, .clientMetrics, .brokerQuota] {
            for definition in table.definitions {
                #expect(table[definition.name]?.name == definition.name)
                #expect(definition.defaultValue.text == definition.defaultText)
                if let text = definition.defaultText { #expect(try definition.parse(text) == definition.defaultValue) }
            }
            #expect(table["no.such.key"] == nil)
        }
    }

    @Test func aConfigurationWithoutSettingsIsKafkasButForMartletsDefaults() throws {
        let configuration = try BrokerConfiguration()
        #expect(configuration.warnings == [])
        #expect(configuration.nodeId == 1)
        #expect(configuration.groupInitialRebalanceDelayMs == 0)
        #expect(configuration.offsetsTopicReplicationFactor == 1)
        #expect(configuration.logSegmentBytes == 1_073_741_824)
        #expect(configuration.logRetentionMs == 604_800_000)
        #expect(configuration.logRollMs == 604_800_000)
        #expect(configuration.logFlushIntervalMs == .max)
        #expect(
            configuration.endpoints.listeners == [
                BrokerEndpoint(
                    listenerName: "PLAINTEXT", securityProtocol: .plaintext, host: "127.0.0.1", port: 9092)
            ])
    }

    /// Relations are looked at where a side was set: that is enough only as long as the defaults agree.
    @Test func theDefaultsOfGroupKeysAgreeWithEachOther() throws {
        let keys = ConfigTable.broker.definitions.filter { $0.name.hasPrefix("group.") && $0.defaultText != nil }
        #expect(keys.count > 40)
        let settings = keys.map { ConfigSetting($0.name, $0.defaultText ?? "", from: .argument("test")) }
        #expect(try BrokerConfiguration(settings).groupProblems() == [])
    }

    @Test func aTopicWithoutSettingsHasKafkasDefaults() throws {
        #expect(try TopicConfiguration(overrides: [:], broker: BrokerConfiguration()) == TopicConfiguration())
    }
}
