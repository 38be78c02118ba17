// What a topic may be configured to, and what Kafka says when it is refused (LogConfig.validate).

extension TopicConfiguration {
    /// Checks the settings that a topic is to have, all of them together, over the broker's.
    /// - Parameter existing: the topic's settings before; nil for a new topic.
    /// - Throws: Kafka's message; the answer's error code is INVALID_CONFIG.
    public static func validate(
        overrides: [String: String], existing: [String: String]? = nil, broker: BrokerConfiguration
    ) throws(InvalidConfiguration) {
        for name in overrides.keys.sorted() where !ConfigTable.topic.contains(name) {
            throw InvalidConfiguration("Unknown topic config name: \(name)")
        }
        let values = try TopicConfigurationValues(checking: overrides, broker: broker)
        let low = values.long("min.compaction.lag.ms")
        let high = values.long("max.compaction.lag.ms")
        if low > high {
            throw InvalidConfiguration(
                "conflict topic config setting min.compaction.lag.ms (\(low)) > max.compaction.lag.ms (\(high))")
        }
    }
}
