// Decisions over configurations: what may be set on topics, brokers, groups and client metrics.

import Configuration
import KafkaMessages
import KafkaWire

/// The controller's decisions over configurations. It does no IO. Kafka: `ConfigurationControlManager`, and what
/// `ConfigAdminManager` checks before it.
struct ConfigurationControl {
    let state: MetadataState
    let settings: ControllerSettings
    /// The broker's configuration with the dynamic settings of the state in force.
    let broker: BrokerConfiguration

    static let minInsyncReplicas = "min.insync.replicas"
    /// Java counts UTF-16 units.
    private static let maxValueLength = 32_767

    init(state: MetadataState, settings: ControllerSettings) {
        self.state = state
        self.settings = settings
        let defaults = state.configurations[.allBrokers]
        let own = state.configurations[.broker(settings.nodeId)]
        // Settings that this release refuses, of a directory that another one wrote, are passed over.
        broker =
            (try? settings.configuration.applying(dynamicDefaults: defaults, dynamicSettings: own, capping: true))
            ?? settings.configuration
    }

    // MARK: New topics

    /// Checks the settings of a topic that is to be made.
    func validateNewTopic(_ overrides: [(name: String, value: String)]) throws(ApiError) {
        for setting in overrides { try Self.checkLength(setting.value) }
        try validateTopic(Dictionary(overrides.map { ($0.name, $0.value) }) { $1 })
    }

    private func validateTopic(_ overrides: [String: String]) throws(ApiError) {
        do {
            try TopicConfiguration.validate(overrides: overrides, broker: broker)
        } catch {
            throw ApiError(.invalidConfig, error.message)
        }
    }

    /// The records for a new topic's settings. Settings that a deleted topic of the same name left behind (snapshots
    /// that Kafka wrote may hold such) are taken back: Kafka would let the new topic have them.
    func recordsForNewTopic(_ name: String, _ overrides: [(name: String, value: String)]) -> [MetadataRecord] {
        let resource = ConfigResource.topic(name)
        let left = state.configurations[resource].keys.filter { key in !overrides.contains { $0.name == key } }
        let records =
            left.sorted().map { resource.record($0, nil) } + overrides.map { resource.record($0.name, $0.value) }
        return records.map(MetadataRecord.config) + clearElr(resource, records)
    }

    /// The effective settings of a topic, as the answer to CreateTopics has them: by name.
    func described(topicOverrides: [(name: String, value: String)]) -> [CreateTopicsResponse.CreatableTopicConfigs] {
        let overrides = Dictionary(topicOverrides.map { ($0.name, $0.value) }) { $1 }
        return TopicConfiguration.describe(overrides: overrides, broker: broker).sorted { $0.name < $1.name }.map {
            var config = CreateTopicsResponse.CreatableTopicConfigs()
            config.name = $0.name
            // As it was given, spaces and all.
            config.value = overrides[$0.name] ?? $0.value
            config.readOnly = $0.isReadOnly
            config.configSource = $0.source.rawValue
            config.isSensitive = $0.isSensitive
            return config
        }
    }

    // MARK: Changes

    /// Records for a change of one resource, after everything was checked.
    /// - Parameters:
    ///   - changes: what the request names; a nil value takes a key back.
    ///   - dropped: keys that go because the request does not name them (AlterConfigs).
    func change(
        _ resource: ConfigResource, _ changes: [(name: String, value: String?)], dropped: [String] = []
    ) throws(ApiError) -> [MetadataRecord] {
        let current = state.configurations[resource]
        // A broker's keys are written again even when nothing changes: the broker is to load what they name anew.
        var records = changes.filter {
            current[$0.name] != $0.value || resource.type == ConfigResourceType.broker.rawValue
        }
        .map { resource.record($0.name, $0.value) }
        var after = current
        for record in records {
            try checkMinInsyncReplicas(record)
            if let value = record.value { try Self.checkLength(value) }
            after[record.name] = record.value
        }
        let deletions = dropped.map { resource.record($0, nil) }
        for record in deletions {
            try checkMinInsyncReplicas(record)
            after[record.name] = nil
        }
        try validate(resource, after)
        records += deletions
        return records.map(MetadataRecord.config) + clearElr(resource, records)
    }

    private static func checkLength(_ value: String) throws(ApiError) {
        guard value.utf16.count <= maxValueLength else {
            throw ApiError(
                .invalidConfig,
                "The configuration value cannot be added because it exceeds the maximum value size of \(maxValueLength) "
                    + "bytes.")
        }
    }

    /// With eligible leader replicas there is one number of in-sync replicas for all brokers, and it is always set.
    private func checkMinInsyncReplicas(_ record: ConfigRecord) throws(ApiError) {
        guard record.name == Self.minInsyncReplicas, record.resourceType == ConfigResourceType.broker.rawValue,
            state.isElrEnabled
        else { return }
        if !record.resourceName.isEmpty {
            throw ApiError(
                .invalidConfig, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.")
        }
        if record.value == nil {
            throw ApiError(
                .invalidConfig, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")
        }
    }

    /// The record that ends the eligible leader replicas of what has a new `min.insync.replicas`.
    private func clearElr(_ resource: ConfigResource, _ records: [ConfigRecord]) -> [MetadataRecord] {
        guard state.isElrEnabled, records.contains(where: { $0.name == Self.minInsyncReplicas }) else { return [] }
        var record = ClearElrRecord()
        switch ConfigResourceType(rawValue: resource.type) {
        case .topic: record.topicName = resource.name
        case .broker where resource.name.isEmpty: record.topicName = ""
        default: return []
        }
        return [.clearElr(record)]
    }

    /// Checks all settings that a resource is to have, and that it exists. Kafka: `ControllerConfigurationValidator`.
    private func validate(_ resource: ConfigResource, _ settings: [String: String]) throws(ApiError) {
        switch ConfigResourceType(rawValue: resource.type) {
        case .topic:
            if resource.name.isEmpty {
                throw ApiError(.invalidRequest, "Default topic resources are not allowed.")
            }
            if let problem = TopicName.problem(with: resource.name) {
                throw ApiError(.invalidTopicException, problem)
            }
            try validateTopic(settings)
            if !state.topics.contains(resource.name) {
                throw ApiError(.unknownTopicOrPartition, "The topic '\(resource.name)' does not exist.")
            }
        case .broker: break
        case .group: try validateGroup(resource.name, settings)
        case .clientMetrics: try validateClientMetrics(resource.name, settings)
        default: throw ApiError(.invalidRequest, "Unknown resource type \(resource.type)")
        }
    }
}
