// The values that Martlet sets by itself, because one node of Kafka needs them set by hand.

/// Martlet's own defaults. They stand where a `server.properties` would put them: DescribeConfigs shows them as static
/// broker settings, with Kafka's default as a synonym behind.
public enum MartletDefaults {
    /// Each key, its value, and why it is not Kafka's default.
    public static let all: [(name: String, text: String, reason: String)] = [
        ("node.id", "1", "Kafka has no default"),
        ("process.roles", "broker,controller", "one node is its own controller; Kafka has no default"),
        ("controller.listener.names", "CONTROLLER", "Kafka has no default"),
        ("listeners", "PLAINTEXT://127.0.0.1:9092", "nobody is served beyond this machine until it is asked for"),
        ("log.cleaner.dedupe.buffer.size", "50331648", "a cleaning takes no more than 64 MB, all in all"),
        ("group.initial.rebalance.delay.ms", "0", "nobody's first consumer waits three seconds"),
        ("offsets.topic.replication.factor", "1", "there is one node"),
        ("transaction.state.log.replication.factor", "1", "there is one node"),
        ("transaction.state.log.min.isr", "1", "there is one node"),
        ("share.coordinator.state.topic.replication.factor", "1", "there is one node"),
        ("share.coordinator.state.topic.min.isr", "1", "there is one node"),
    ]

    /// The defaults as settings, but for those that would contradict what is given.
    static func settings(beside given: [ConfigSetting]) -> [ConfigSetting] {
        // More threads need more to share.
        let hasThreads = given.contains { $0.name == "log.cleaner.threads" }
        return all.filter { !hasThreads || $0.name != "log.cleaner.dedupe.buffer.size" }
            .map { ConfigSetting($0.name, $0.text, from: .martletDefault) }
    }
}
