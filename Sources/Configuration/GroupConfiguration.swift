// The configuration of a group, and of a client metrics subscription: their own settings over the broker's or Kafka's.

/// A group's settings (KIP-848, KIP-932, KIP-1071).
public enum GroupConfiguration {
    /// The broker key that gives a group's key its default; some have none.
    static func brokerKey(of name: String) -> String? {
        let key = "group." + name
        return ConfigTable.broker.contains(key) ? key : nil
    }

    /// The value in force for a group.
    /// - Precondition: `name` is a key of a group.
    public static func value(
        of name: String, overrides: [String: String], broker: BrokerConfiguration
    ) -> ConfigValue {
        guard let definition = ConfigTable.group[name] else { preconditionFailure("\(name) is no group key") }
        if let text = overrides[name], let value = try? definition.parse(text) { return value }
        return brokerKey(of: name).map { broker.value(of: $0) } ?? definition.defaultValue
    }

    /// A group's configuration for DescribeConfigs, in Kafka's order.
    public static func describe(overrides: [String: String], broker: BrokerConfiguration) -> [DescribedConfig] {
        JavaHashOrder.sorted(ConfigTable.group.definitions, by: \.name).map { definition in
            let name = definition.name
            let value = value(of: name, overrides: overrides, broker: broker).text
            var synonyms: [DescribedConfig.Synonym] = []
            if overrides[name] != nil { synonyms.append(.init(name: name, value: value, source: .groupConfig)) }
            if let key = brokerKey(of: name) {
                synonyms += broker.describeSynonyms(of: key, isSensitive: false)
            } else {
                synonyms.append(.init(name: name, value: definition.defaultText, source: .defaultConfig))
            }
            return DescribedConfig(
                name: name, value: value, isReadOnly: false, source: synonyms.first?.source ?? .defaultConfig,
                isSensitive: false, synonyms: synonyms, type: definition.type)
        }
    }
}

/// A client metrics subscription's settings (KIP-714).
public enum ClientMetricsConfiguration {
    /// A subscription's configuration for DescribeConfigs, in Kafka's order.
    public static func describe(overrides: [String: String]) -> [DescribedConfig] {
        JavaHashOrder.sorted(ConfigTable.clientMetrics.definitions, by: \.name).map { definition in
            let value = overrides[definition.name].map { (try? definition.parse($0))?.text ?? $0 }
            let synonyms = value.map {
                [DescribedConfig.Synonym(name: definition.name, value: $0, source: .clientMetricsConfig)]
            }
            return DescribedConfig(
                name: definition.name, value: value ?? definition.defaultText, isReadOnly: false,
                source: synonyms == nil ? .defaultConfig : .clientMetricsConfig, isSensitive: false,
                synonyms: synonyms ?? [], type: definition.type)
        }
    }
}
