// What DescribeConfigs answers for a broker, as Kafka's ConfigHelper does.

extension BrokerConfiguration {
    /// The broker's configuration for a DescribeConfigs that names this broker, in Kafka's order: names that are set
    /// and that no table knows, then every key.
    public func describeBroker() -> [DescribedConfig] {
        let listed = ConfigTable.broker.definitions.filter { !$0.isInternal }
        return describeOriginals()
            + JavaHashOrder.sorted(listed, by: \.name).map { definition in
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

    /// What was set under a name that is no key: a key for one listener, an internal key, or something unknown. Of what
    /// is unknown the value is not shown, as it may be a secret of a plugin's.
    private func describeOriginals() -> [DescribedConfig] {
        var originals: [String: String] = settings.mapValues(\.text)
        originals.merge(dynamicDefaults) { $1 }
        originals.merge(dynamicSettings) { $1 }
        return JavaHashOrder.sorted(originals.keys.sorted(), filling: .copied, by: \.self).compactMap { name in
            let definition = ConfigTable.broker[name]
            guard definition?.isInternal ?? true else { return nil }
            let type =
                (definition ?? ConfigTable.brokerQuota[name])?.type
                ?? ConfigTable.listenerBaseName(of: name).flatMap { ConfigTable.broker[$0]?.type }
            let isSensitive = type?.isSensitive ?? true
            let synonyms = describeSynonyms(of: name, isSensitive: isSensitive)
            return DescribedConfig(
                name: name, value: isSensitive ? nil : originals[name], isReadOnly: Self.isReadOnly(name),
                source: synonyms.first?.source ?? .defaultConfig, isSensitive: isSensitive, synonyms: synonyms,
                type: type ?? .unknown)
        }
    }

    private static func isReadOnly(_ name: String) -> Bool {
        guard let definition = ConfigTable.broker[name] ?? ConfigTable.brokerQuota[name] else { return true }
        return definition.updateMode == .readOnly
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
