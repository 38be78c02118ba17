// What was configured on topics, brokers, groups and client metrics.

import KafkaMessages

/// What a configuration is of. The raw values are the protocol's. Kafka: `ConfigResource.Type`.
public enum ConfigResourceType: Int8, Sendable {
    case unknown = 0
    case topic = 2
    case broker = 4
    case brokerLogger = 8
    case clientMetrics = 16
    case group = 32
}

/// A thing that has a configuration. A broker without a name stands for all brokers.
public struct ConfigResource: Hashable, Sendable {
    /// A `ConfigResourceType` where it is one that this release knows.
    public let type: Int8
    public let name: String

    public init(type: Int8, name: String) {
        self.type = type
        self.name = name
    }

    public init(_ type: ConfigResourceType, _ name: String) {
        self.init(type: type.rawValue, name: name)
    }

    public static func topic(_ name: String) -> ConfigResource { ConfigResource(.topic, name) }
    public static func broker(_ id: Int32) -> ConfigResource { ConfigResource(.broker, String(id)) }
    public static func group(_ id: String) -> ConfigResource { ConfigResource(.group, id) }
    /// All brokers of the cluster.
    public static let allBrokers = ConfigResource(.broker, "")
}

/// The settings of each resource. Kafka: `ConfigurationsImage`.
public struct ConfigurationsImage: Sendable, Equatable {
    private var settings = ShardedDictionary<ConfigResource, [String: String]>()

    public init() {}

    /// What was set on the resource itself; empty when nothing was.
    public subscript(resource: ConfigResource) -> [String: String] { settings[resource] ?? [:] }

    /// The resources that have settings, in no order.
    public var resources: some Sequence<ConfigResource> { settings.keys }

    var entries: some Sequence<(key: ConfigResource, value: [String: String])> { settings.entries }

    mutating func apply(_ record: ConfigRecord) {
        let resource = ConfigResource(type: record.resourceType, name: record.resourceName)
        if let value = record.value {
            settings[resource, default: [:]][record.name] = value
        } else if settings[resource] != nil {
            settings[resource, default: [:]][record.name] = nil
            if settings[resource]?.isEmpty == true { settings.removeValue(forKey: resource) }
        }
    }

    mutating func remove(_ resource: ConfigResource) {
        settings.removeValue(forKey: resource)
    }
}
