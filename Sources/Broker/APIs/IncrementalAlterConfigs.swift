// IncrementalAlterConfigs (key 44): changes single keys of configurations. KIP-339.
//
// Versions 0–1.
// v1  flexible.
//
// Behaviour: a resource is changed as a whole or not at all, each on its own. The controller decides
// (`ConfigurationControl.incrementalAlterConfigs`), but for loggers, which are this broker's: it has none that could be
// set.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum IncrementalAlterConfigs: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...1

    private typealias Resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    private typealias Answer = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse

    static func handle(_ request: consuming IncrementalAlterConfigsRequest, _ context: RequestContext) {
        let resources = request.resources
        request.resources = resources.filter { !isLogger($0) }
        context.broker.store.controller.incrementalAlterConfigs(request) { result in
            var others: ArraySlice<Answer>
            switch result {
            case .success(let response): others = response.responses[...]
            case .failure(let error):
                others = resources.filter { !isLogger($0) }.map { refused($0, error) }[...]
            }
            var response = IncrementalAlterConfigsResponse()
            response.responses = resources.compactMap { resource in
                isLogger(resource) ? refused(resource, loggerError(resource, context)) : others.popFirst()
            }
            context.respond(response)
        }
    }

    private static func isLogger(_ resource: Resource) -> Bool {
        resource.resourceType == ConfigResourceType.brokerLogger.rawValue
    }

    /// Why the level of a logger cannot be set; nil where nothing is to be set.
    private static func loggerError(_ resource: Resource, _ context: RequestContext) -> ApiError? {
        let name = resource.resourceName
        guard let id = Int32(name) else {
            return ApiError(.invalidRequest, "Node id must be an integer, but it is: \(name)")
        }
        guard id == context.broker.nodeId else {
            return ApiError(
                .invalidRequest, "Unexpected node id. Expected \(context.broker.nodeId), but received \(name)")
        }
        return resource.configs.first.map { ApiError(.invalidConfig, "Logger \($0.name) does not exist!") }
    }

    private static func refused(_ resource: Resource, _ error: ApiError?) -> Answer {
        var answer = Answer()
        answer.resourceType = resource.resourceType
        answer.resourceName = resource.resourceName
        answer.errorCode = (error?.code ?? .none).rawValue
        answer.errorMessage = error?.message
        return answer
    }
}
