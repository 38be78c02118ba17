// The configuration of one resource, as DescribeConfigs asks for it. Kafka's ConfigHelper.

import ClusterMetadata
import Configuration
import KafkaMessages
import KafkaWire

/// Why a resource cannot be described.
struct ConfigResourceError: Error {
    let code: ErrorCode
    let message: String
}

struct ResourceConfigs {
    /// The kinds of resources, as the protocol numbers them.
    enum Kind: Int8 {
        case topic = 2
        case broker = 4
        case brokerLogger = 8
        case clientMetrics = 16
        case group = 32
    }

    private let nodeId: Int32
    private let image: MetadataImage
    /// The broker's configuration with the dynamic settings in force.
    private let configuration: BrokerConfiguration

    /// The configurations as they are now, for all resources of one request.
    init(_ context: RequestContext) {
        nodeId = context.broker.nodeId
        image = context.broker.metadata.current
        configuration = context.broker.effectiveConfiguration(in: image)
    }

    /// What a description depends on.
    struct Settings: Hashable {
        let type: Int8
        /// Nil for what has no settings of its own: all such resources of the type are described alike.
        let name: String?
    }

    /// Resources with the same settings are described alike, if they are described at all.
    func settings(of resource: DescribeConfigsRequest.DescribeConfigsResource) -> Settings {
        let name = resource.resourceName
        let own: [String: String]? =
            switch Kind(rawValue: resource.resourceType) {
            case .clientMetrics where !name.isEmpty: image.configurations[ConfigResource(.clientMetrics, name)]
            case .group where !name.isEmpty: image.configurations[.group(name)]
            default: nil
            }
        let isPlain = own?.isEmpty ?? false
        return Settings(type: resource.resourceType, name: isPlain ? nil : name)
    }

    func describe(
        _ resource: DescribeConfigsRequest.DescribeConfigsResource
    ) throws(ConfigResourceError) -> [DescribedConfig] {
        let name = resource.resourceName
        switch Kind(rawValue: resource.resourceType) {
        case .topic: return try describeTopic(name)
        case .broker: return try describeBroker(name)
        case .brokerLogger: return try describeLoggers(name)
        case .clientMetrics: return try describeClientMetrics(name)
        case .group: return try describeGroup(name)
        case nil: throw ConfigResourceError(code: .invalidRequest, message: ErrorCode.invalidRequest.standardMessage)
        }
    }

    private func describeTopic(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if let problem = TopicName.problem(with: name) {
            throw ConfigResourceError(code: .invalidTopicException, message: problem)
        }
        guard image.topic(name) != nil else {
            throw ConfigResourceError(code: .unknownTopicOrPartition, message: "")
        }
        return TopicConfiguration.describe(
            overrides: image.settings(ofTopic: name), broker: configuration)
    }

    private func describeBroker(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if name.isEmpty { return configuration.describeClusterDefaults() }
        let id = try brokerId(name)
        guard id == configuration.nodeId else {
            throw ConfigResourceError(
                code: .invalidRequest,
                message: "Unexpected broker id, expected \(configuration.nodeId) or empty string, but received \(name)")
        }
        return configuration.describeBroker()
    }

    /// The levels of the node's loggers: there are none that could be set.
    private func describeLoggers(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if name.isEmpty { throw ConfigResourceError(code: .invalidRequest, message: "Broker id must not be empty") }
        guard try brokerId(name) == nodeId else {
            throw ConfigResourceError(
                code: .invalidRequest, message: "Unexpected broker id, expected \(nodeId) but received \(name)")
        }
        return []
    }

    private func describeClientMetrics(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if name.isEmpty {
            throw ConfigResourceError(
                code: .invalidRequest, message: "Client metrics subscription name must not be empty")
        }
        let settings = image.configurations[ConfigResource(.clientMetrics, name)]
        return ClientMetricsConfiguration.describe(overrides: settings)
    }

    private func describeGroup(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if name.isEmpty { throw ConfigResourceError(code: .invalidRequest, message: "Group name must not be empty") }
        return GroupConfiguration.describe(
            overrides: image.configurations[.group(name)], broker: configuration)
    }

    private func brokerId(_ name: String) throws(ConfigResourceError) -> Int32 {
        guard let id = Int32(name) else {
            throw ConfigResourceError(
                code: .invalidRequest, message: "Broker id must be an integer, but it is: \(name)")
        }
        return id
    }
}
