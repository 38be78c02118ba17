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

    private let context: RequestContext

    init(_ context: RequestContext) {
        self.context = context
    }

    func describe(
        _ resource: DescribeConfigsRequest.DescribeConfigsResource
    ) throws(ConfigResourceError) -> (configs: [DescribedConfig], message: String?) {
        let name = resource.resourceName
        switch Kind(rawValue: resource.resourceType) {
        case .topic: return (try describeTopic(name), nil)
        case .broker: return (try describeBroker(name), nil)
        default: throw ConfigResourceError(code: .invalidRequest, message: ErrorCode.invalidRequest.standardMessage)
        }
    }

    private func describeTopic(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        if let problem = TopicName.problem(with: name) {
            throw ConfigResourceError(code: .invalidTopicException, message: problem)
        }
        let image = context.broker.metadata.current
        guard image.topic(name) != nil else {
            throw ConfigResourceError(code: .unknownTopicOrPartition, message: "")
        }
        return TopicConfiguration.describe(
            overrides: image.settings(ofTopic: name), broker: context.broker.configuration)
    }

    private func describeBroker(_ name: String) throws(ConfigResourceError) -> [DescribedConfig] {
        let configuration = context.broker.configuration
        if name.isEmpty { return configuration.describeClusterDefaults() }
        guard let id = Int32(name) else {
            throw ConfigResourceError(
                code: .invalidRequest, message: "Broker id must be an integer, but it is: \(name)")
        }
        guard id == configuration.nodeId else {
            throw ConfigResourceError(
                code: .invalidRequest,
                message: "Unexpected broker id, expected \(configuration.nodeId) or empty string, but received \(name)")
        }
        return configuration.describeBroker()
    }
}
