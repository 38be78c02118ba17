// What a topic may be configured to, and what Kafka says when it is refused (LogConfig.validate).

/// One setting of a request: a value may be missing.
public struct TopicSetting: Sendable, Hashable {
    public var name: String
    public var value: String?

    public init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value
    }
}

extension TopicConfiguration {
    /// Checks the settings that a topic is to have, all of them together, over the broker's.
    /// - Parameter settings: in the order of the request; each name once.
    /// - Returns: the settings as they are stored.
    /// - Throws: Kafka's message; the answer's error code is INVALID_CONFIG.
    @discardableResult
    public static func validate(
        _ settings: [TopicSetting], broker: BrokerConfiguration
    ) throws(InvalidConfiguration) -> [String: String] {
        // Kafka puts them into a hash map: of several that are wrong, it names them in its order.
        let settings = JavaHashOrder.sorted(settings, by: \.name)
        let missing = settings.filter { $0.value == nil }.map(\.name)
        if !missing.isEmpty {
            throw InvalidConfiguration(
                "Null value not supported for topic configs: \(missing.joined(separator: ","))")
        }
        let overrides = Dictionary(settings.map { ($0.name, $0.value ?? "") }) { $1 }
        try validate(overrides: overrides, broker: broker)
        return overrides
    }

    /// Checks settings that are known by name, all of which have a value.
    /// - Throws: as above; of several unknown names it is the first in the order of a hash map.
    public static func validate(
        overrides: [String: String], broker: BrokerConfiguration
    ) throws(InvalidConfiguration) {
        let names = JavaHashOrder.sorted(overrides.keys.sorted(), by: \.self)
        if let name = names.first(where: { !ConfigTable.topic.contains($0) }) {
            throw InvalidConfiguration("Unknown topic config name: \(name)")
        }
        let values = try TopicConfigurationValues(checking: overrides, broker: broker)
        let low = values.long("min.compaction.lag.ms")
        let high = values.long("max.compaction.lag.ms")
        if low > high {
            throw InvalidConfiguration(
                "conflict topic config setting min.compaction.lag.ms (\(low)) > max.compaction.lag.ms (\(high))")
        }
        if values["remote.storage.enable"] == .boolean(true) {
            throw InvalidConfiguration(
                "Tiered Storage functionality is disabled in the broker. "
                    + "Topic cannot be configured with remote log storage.")
        }
    }
}
