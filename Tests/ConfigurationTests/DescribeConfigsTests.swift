// What DescribeConfigs is answered with, against the recorded answers of Apache Kafka.

import Testing

@testable import Configuration

@Suite struct DescribeConfigsTests {
    /// Compares line by line, so that a difference names its key.
    private func expectSame(_ ours: [DescribedConfig], _ recorded: RecordedAnswer?) throws {
        let theirs = try #require(recorded).configs.map(\.described)
        let byName = Dictionary(ours.map { ($0.name, $0) }) { first, _ in first }
        for config in theirs { #expect(byName[config.name] == config) }
        #expect(ours.map(\.name) == theirs.map(\.name))
    }

    /// The broker of a recording, before the settings that the recorder makes while it runs, or after.
    private func broker(_ recording: Recording, _ state: String) throws -> BrokerConfiguration {
        let broker = try BrokerConfiguration(kafka: recording.settings)
        // Kafka's controller sets this one by itself in a new cluster (KIP-966).
        var defaults = ["min.insync.replicas": "1"]
        guard state == "dynamic" else { return try broker.applying(dynamicDefaults: defaults, dynamicSettings: [:]) }
        defaults.merge(["log.retention.ms": "777000", "log.cleaner.threads": "2", "message.max.bytes": "2000000"]) {
            $1
        }
        return try broker.applying(
            dynamicDefaults: defaults,
            dynamicSettings: [
                "log.retention.ms": " 888000", "max.connections": "500", "log.flush.interval.ms": "9000",
                "leader.replication.throttled.rate": "1000",
            ])
    }

    static let topicSettings = [
        "cleanup.policy": "compact, delete", "retention.ms": " 1000 ", "segment.bytes": "1048576",
        "min.cleanable.dirty.ratio": "0.25", "flush.ms": "+5", "compression.type": "zstd", "preallocate": "TRUE",
        "leader.replication.throttled.replicas": "0:1,1:1", "internal.segment.bytes": "2000",
    ]

    @Test(arguments: ["few-settings", "many-settings"], ["static", "dynamic"])
    func aBrokerIsDescribedAsKafkaDescribesIt(name: String, state: String) throws {
        let recording = try Recording(name)
        let broker = try broker(recording, state)
        try expectSame(broker.describeBroker(), recording.answer(state, "BROKER", "1"))
        try expectSame(broker.describeClusterDefaults(), recording.answer(state, "BROKER", ""))
    }

    @Test(arguments: ["few-settings", "many-settings"], ["static", "dynamic"])
    func aTopicIsDescribedAsKafkaDescribesIt(name: String, state: String) throws {
        let recording = try Recording(name)
        let broker = try broker(recording, state)
        try expectSame(
            TopicConfiguration.describe(overrides: [:], broker: broker), recording.answer(state, "TOPIC", "plain"))
        try expectSame(
            TopicConfiguration.describe(overrides: Self.topicSettings, broker: broker),
            recording.answer(state, "TOPIC", "set"))
    }

    @Test(arguments: ["few-settings", "many-settings"])
    func groupsAndSubscriptionsAreDescribedAsKafkaDescribesThem(name: String) throws {
        let recording = try Recording(name)
        let before = try broker(recording, "static")
        try expectSame(
            GroupConfiguration.describe(overrides: [:], broker: before), recording.answer("static", "GROUP", "none"))
        try expectSame(
            ClientMetricsConfiguration.describe(overrides: [:]), recording.answer("static", "CLIENT_METRICS", "none"))
        let group = ["consumer.session.timeout.ms": "46000", "share.auto.offset.reset": "by_duration:PT1H"]
        try expectSame(
            GroupConfiguration.describe(overrides: group, broker: broker(recording, "dynamic")),
            recording.answer("dynamic", "GROUP", "shaped"))
        try expectSame(
            ClientMetricsConfiguration.describe(overrides: ["interval.ms": "100", "match": "client_id=a"]),
            recording.answer("dynamic", "CLIENT_METRICS", "shaped"))
    }

    @Test(arguments: ["few-settings", "many-settings"])
    func aListOfKeysLeavesTheOrderAsItIs(name: String) throws {
        let recording = try Recording(name)
        for answer in recording.answers where answer.state == "static" && !(answer.keys ?? []).isEmpty {
            let keys = try #require(answer.keys)
            let broker = try broker(recording, "static")
            let all =
                answer.resource == "BROKER"
                ? broker.describeBroker() : TopicConfiguration.describe(overrides: Self.topicSettings, broker: broker)
            try expectSame(all.filter { keys.contains($0.name) }, answer)
        }
    }
}
