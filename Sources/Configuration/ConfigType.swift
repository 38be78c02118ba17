// The kinds of a configuration key: its type, how it may be changed, and where a value came from.

/// The type of a configuration key. The raw value is the `ConfigType` code of a DescribeConfigs answer (KIP-569).
public enum ConfigType: Int8, Sendable, Hashable {
    /// A name that no table knows; it is shown as it was given.
    case unknown = 0
    case boolean = 1
    case string = 2
    case int = 3
    case short = 4
    case long = 5
    case double = 6
    case list = 7
    case `class` = 8
    case password = 9

    /// Kafka's name of the type, as its messages write it.
    public var name: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .boolean: "BOOLEAN"
        case .string: "STRING"
        case .int: "INT"
        case .short: "SHORT"
        case .long: "LONG"
        case .double: "DOUBLE"
        case .list: "LIST"
        case .class: "CLASS"
        case .password: "PASSWORD"
        }
    }

    /// Whether a value of this type is never shown.
    public var isSensitive: Bool { self == .password }
}

/// How much a key matters, in Kafka's three steps.
public enum ConfigImportance: Sendable, Hashable {
    case high, medium, low
}

/// Whether a broker's key can be changed while it runs, and for whom (KIP-226).
public enum ConfigUpdateMode: Sendable, Hashable {
    /// Read at start only.
    case readOnly
    /// Changed for one broker at a time.
    case perBroker
    /// Changed for one broker, or for all as a cluster-wide default.
    case clusterWide
}

/// Where an effective value came from. The raw value is the `ConfigSource` code of a DescribeConfigs answer.
public enum ConfigSource: Int8, Sendable, Hashable {
    case unknown = 0
    case topicConfig = 1
    case dynamicBrokerConfig = 2
    case dynamicDefaultBrokerConfig = 3
    case staticBrokerConfig = 4
    case defaultConfig = 5
    case dynamicBrokerLoggerConfig = 6
    case clientMetricsConfig = 7
    case groupConfig = 8
}
