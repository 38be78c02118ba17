// What DescribeConfigs answers for a broker, as Kafka's ConfigHelper does.

extension BrokerConfiguration {
    /// The broker's configuration for a DescribeConfigs that names this broker: every key, in Kafka's order.
    public func describeBroker() -> [DescribedConfig] {
        let listed = ConfigTable.broker.definitions.filter { !$0.isInternal }
        return JavaHashOrder.sorted(listed, by: \.name).map { definition in
            let synonyms = describeSynonyms(of: definition.name, isSensitive: definition.type.isSensitive)
            return DescribedConfig(
                name: definition.name,
                value: definition.type.isSensitive ? nil : value(of: definition.name).text,
                isReadOnly: definition.updateMode == .readOnly,
                source: synonyms.first?.source ?? .defaultConfig,
                isSensitive: definition.type.isSensitive, synonyms: synonyms, type: definition.type)
        }
    }

    /// The cluster-wide dynamic settings, for a DescribeConfigs of the broker without a name.
    public func describeClusterDefaults() -> [DescribedConfig] {
        JavaHashOrder.sorted(dynamicDefaults.keys.sorted(), by: \.self).map { name in
            let definition = ConfigTable.broker[name] ?? ConfigTable.brokerQuota[name]
            let isSensitive = definition?.type.isSensitive ?? true
            let shown = isSensitive ? nil : dynamicDefaults[name]
            return DescribedConfig(
                name: name, value: shown, isReadOnly: definition.map { $0.updateMode == .readOnly } ?? true,
                source: .dynamicDefaultBrokerConfig, isSensitive: isSensitive,
                synonyms: [.init(name: name, value: shown, source: .dynamicDefaultBrokerConfig)],
                type: definition?.type ?? .unknown)
        }
    }

    /// The places that give a broker key its value, the strongest first.
    func describeSynonyms(of name: String, isSensitive: Bool) -> [DescribedConfig.Synonym] {
        let names = ConfigSynonyms.broker(of: name)
        var synonyms: [DescribedConfig.Synonym] = []
        func add(_ source: ConfigSource, _ value: (String) -> String?) {
            for name in names {
                guard let text = value(name) else { continue }
                synonyms.append(.init(name: name, value: isSensitive ? nil : text, source: source))
            }
        }
        add(.dynamicBrokerConfig) { dynamicSettings[$0] }
        add(.dynamicDefaultBrokerConfig) { dynamicDefaults[$0] }
        add(.staticBrokerConfig) { settings[$0]?.text }
        add(.defaultConfig) { ConfigTable.broker[$0]?.defaultText }
        // A synonym counts only behind the key itself.
        return Array(synonyms.drop { $0.name != name })
    }
}
