// AlterConfigs (key 33): replaces whole configurations; for clients from before IncrementalAlterConfigs.
//
// Versions 0–2.
// v1  throttle time without quota violation first. v2 flexible.
//
// Behaviour: keys that a resource does not name are taken back. The controller decides
// (`ConfigurationControl.alterConfigs`). Loggers cannot be set this way.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum AlterConfigs: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2

    static func handle(_ request: consuming AlterConfigsRequest, _ context: RequestContext) {
        let resources = request.resources
        context.broker.store.controller.alterConfigs(request) { result in
            switch result {
            case .success(let response): context.respond(response)
            case .failure(let error):
                var response = AlterConfigsResponse()
                response.responses = resources.map { resource in
                    var answer = AlterConfigsResponse.AlterConfigsResourceResponse()
                    answer.resourceType = resource.resourceType
                    answer.resourceName = resource.resourceName
                    answer.errorCode = error.code.rawValue
                    answer.errorMessage = error.message
                    return answer
                }
                context.respond(response)
            }
        }
    }
}
