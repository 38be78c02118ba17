// ListConfigResources (key 74): the names of what has a configuration. KIP-1142, and KIP-714 before it.
//
// Versions 0–1.
// v0  client metrics only. v1 any of the kinds; none named means all.
//
// Behaviour: topics and brokers are listed when they are there, groups and client metrics when something is set on
// them. A kind that does not exist refuses the request with UNSUPPORTED_VERSION.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum ListConfigResources: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...1

    private static let everyKind: [ConfigResourceType] = [.topic, .broker, .brokerLogger, .clientMetrics, .group]

    static func handle(_ request: consuming ListConfigResourcesRequest, _ context: RequestContext) {
        var response = ListConfigResourcesResponse()
        let asked = request.resourceTypes.map { ConfigResourceType(rawValue: $0).flatMap { $0 == .unknown ? nil : $0 } }
        if asked.contains(nil) {
            response.errorCode = ErrorCode.unsupportedVersion.rawValue
            return context.respond(response)
        }
        let kinds: Set<ConfigResourceType> =
            context.apiVersion == 0 ? [.clientMetrics] : asked.isEmpty ? Set(everyKind) : Set(asked.compactMap(\.self))
        let image = context.broker.metadata.current
        response.configResources = everyKind.filter(kinds.contains).flatMap { kind in
            names(of: kind, image).sorted().map { name in
                var resource = ListConfigResourcesResponse.ConfigResource()
                resource.resourceName = name
                resource.resourceType = kind.rawValue
                return resource
            }
        }
        context.respond(response)
    }

    private static func names(of kind: ConfigResourceType, _ image: MetadataImage) -> [String] {
        switch kind {
        case .topic: Array(image.topics.names)
        case .broker, .brokerLogger: image.cluster.brokers.keys.map(String.init)
        case .clientMetrics, .group:
            image.configurations.resources.filter { $0.type == kind.rawValue && !$0.name.isEmpty }.map(\.name)
        case .unknown: []
        }
    }
}
