// What DescribeConfigs answers for a topic, as Kafka's ConfigHelper does.

extension TopicConfiguration {
    /// A topic's configuration in Kafka's order: what is set and not listed by itself (`internal.segment.bytes`), then
    /// every key.
    /// - Parameter overrides: the topic's own settings.
    public static func describe(overrides: [String: String], broker: BrokerConfiguration) -> [DescribedConfig] {
        let values = TopicConfigurationValues(overrides: overrides, broker: broker)
        let listed = ConfigTable.topic.definitions.filter { !$0.isInternal }
        let set = ConfigTable.topic.definitions.filter { $0.isInternal && overrides[$0.name] != nil }
        return (set + JavaHashOrder.sorted(listed, by: \.name)).map { definition in
            let name = definition.name
            let isSensitive = definition.type.isSensitive
            let value = isSensitive ? nil : values[name].text
            var synonyms: [DescribedConfig.Synonym] = []
            if overrides[name] != nil { synonyms.append(.init(name: name, value: value, source: .topicConfig)) }
            if let key = ConfigSynonyms.server(of: name).first {
                synonyms += broker.describeSynonyms(of: key.name, isSensitive: isSensitive)
            }
            return DescribedConfig(
                name: name, value: value, isReadOnly: false, source: synonyms.first?.source ?? .defaultConfig,
                isSensitive: isSensitive, synonyms: synonyms, type: definition.type)
        }
    }
}
