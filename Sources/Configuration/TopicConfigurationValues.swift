// Every key of a topic with the value in force: the topic's own, else the broker's, else Kafka's default.

/// The values of all topic keys.
struct TopicConfigurationValues {
    private(set) var values: [String: ConfigValue] = [:]

    /// The broker's values alone: what Kafka calls the log configuration map.
    init(broker: BrokerConfiguration) {
        for definition in ConfigTable.topic.definitions {
            values[definition.name] = Self.value(of: definition, broker: broker)
        }
    }

    /// The topic's own settings over the broker's; what does not parse or is unknown is passed over.
    init(overrides: [String: String], broker: BrokerConfiguration) {
        self.init(broker: broker)
        for (name, text) in overrides {
            if let value = try? ConfigTable.topic[name]?.parse(text) { values[name] = value }
        }
    }

    /// The topic's own settings over the broker's.
    /// - Throws: the first bad value in the order in which Kafka defines its keys.
    init(checking overrides: [String: String], broker: BrokerConfiguration) throws(InvalidConfiguration) {
        self.init(broker: broker)
        for definition in ConfigTable.topic.definitions {
            if let text = overrides[definition.name] { values[definition.name] = try definition.parse(text) }
        }
    }

    private static func value(of definition: ConfigDefinition, broker: BrokerConfiguration) -> ConfigValue {
        let synonyms = ConfigSynonyms.server(of: definition.name)
        switch definition.name {
        case "retention.ms": return .long(broker.logRetentionMs)
        case "segment.ms": return .long(broker.logRollMs)
        case "segment.jitter.ms": return .long(broker.logRollJitterMs)
        case "flush.ms": return .long(broker.logFlushIntervalMs)
        default:
            guard let key = synonyms.first else { return definition.defaultValue }
            return broker.value(of: key.name)
        }
    }

    subscript(name: String) -> ConfigValue { values[name] ?? .null }

    func long(_ name: String) -> Int64 {
        guard case .long(let number) = self[name] else { preconditionFailure("\(name) is no LONG") }
        return number
    }

    func int(_ name: String) -> Int32 {
        guard case .int(let number) = self[name] else { preconditionFailure("\(name) is no INT") }
        return number
    }

    func double(_ name: String) -> Double {
        guard case .double(let number) = self[name] else { preconditionFailure("\(name) is no DOUBLE") }
        return number
    }

    func list(_ name: String) -> [String] {
        guard case .list(let values) = self[name] else { preconditionFailure("\(name) is no LIST") }
        return values
    }

    var compression: TopicCompression {
        switch self["compression.type"].text {
        case "uncompressed": .uncompressed
        case "gzip": .gzip(level: int("compression.gzip.level"))
        case "snappy": .snappy
        case "lz4": .lz4(level: int("compression.lz4.level"))
        case "zstd": .zstd(level: int("compression.zstd.level"))
        default: .producer
        }
    }
}
