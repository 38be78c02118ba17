// Dynamic settings that were right when they were made, and are not under the file's bounds of now: what Kafka 4.3.1
// answered when it was started so.

import Testing

@testable import Configuration

@Suite struct ChangedBoundsTests {
    private let defaults = [
        "group.consumer.assignment.interval.ms": "14000", "group.share.assignment.interval.ms": "13000",
        "log.cleaner.backoff.ms": "21000",
    ]
    private let own = ["log.cleaner.backoff.ms": "22000", "log.retention.ms": "7200000"]

    private func broker(_ settings: [String: String]) throws -> BrokerConfiguration {
        try BrokerConfiguration(settings.map { ConfigSetting($0.key, $0.value, from: .argument($0.key)) })
    }

    private var lowered: BrokerConfiguration {
        get throws {
            try broker([
                "group.consumer.max.assignment.interval.ms": "10000", "group.share.max.assignment.interval.ms": "9000",
            ])
        }
    }

    @Test func aBrokerCapsWhatIsBeyondThemAndKeepsTheRest() throws {
        let broker = try lowered.applying(dynamicDefaults: defaults, dynamicSettings: own, capping: true)
        #expect(broker.consumerGroupAssignmentIntervalMs == 10_000)
        let described = Dictionary(uniqueKeysWithValues: broker.describeBroker().map { ($0.name, $0) })
        let interval = try #require(described["group.consumer.assignment.interval.ms"])
        #expect(interval.value == "10000")
        #expect(interval.source == .dynamicDefaultBrokerConfig)
        #expect(interval.synonyms.map(\.value) == ["14000", "1000"])
        #expect(described["group.share.assignment.interval.ms"]?.value == "9000")
        #expect(described["log.cleaner.backoff.ms"]?.value == "22000")
        #expect(described["log.retention.ms"]?.value == "7200000")
        #expect(broker.capped.count == 2)
        // What was set is shown as it was set.
        let shown = broker.describeClusterDefaults().map { [$0.name, $0.value ?? ""] }
        #expect(Set(shown) == Set(defaults.map { [$0.key, $0.value] }))
    }

    @Test func aGroupHasTheBrokersCappedValueAndShowsItsOwnAsItWasSet() throws {
        let broker = try lowered.applying(dynamicDefaults: defaults, dynamicSettings: own, capping: true)
        func interval(_ overrides: [String: String]) throws -> DescribedConfig {
            let described = GroupConfiguration.describe(overrides: overrides, broker: broker)
            return try #require(described.first { $0.name == "consumer.assignment.interval.ms" })
        }
        #expect(try interval([:]).value == "10000")
        #expect(try interval([:]).synonyms.map(\.value) == ["14000", "1000"])
        #expect(try interval(["consumer.assignment.interval.ms": "14000"]).value == "14000")
        #expect(
            try interval(["consumer.assignment.interval.ms": "14000"]).synonyms.map(\.value)
                == ["14000", "14000", "1000"])
    }

    @Test func minimaCountAsMaximaDo() throws {
        let raised = try broker([
            "group.consumer.min.assignment.interval.ms": "9500", "group.consumer.assignment.interval.ms": "9500",
        ])
        let broker = try raised.applying(
            dynamicDefaults: ["group.consumer.assignment.interval.ms": "9000"], dynamicSettings: [:], capping: true)
        #expect(broker.consumerGroupAssignmentIntervalMs == 9_500)
        let described = try #require(
            broker.describeBroker().first { $0.name == "group.consumer.assignment.interval.ms" })
        #expect(described.value == "9500")
        #expect(described.synonyms.map(\.value) == ["9000", "9500", "1000"])
    }

    @Test func whoSetsSomethingIsToldOfWhatIsBeyondThem() throws {
        #expect {
            try lowered.applying(dynamicDefaults: defaults, dynamicSettings: own)
        } throws: { error in
            (error as? InvalidConfiguration)?.message
                == "group.consumer.assignment.interval.ms must be less than or equal to "
                + "group.consumer.max.assignment.interval.ms"
        }
    }
}
