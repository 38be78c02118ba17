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
        let (request, resources) = (request, request.resources)
        context.askController(refusal: { refusal(of: resources, $0) }) { $0.alterConfigs(request, completion: $1) }
    }

    private static func refusal(
        of resources: [AlterConfigsRequest.AlterConfigsResource], _ error: ApiError
    ) -> AlterConfigsResponse {
        var response = AlterConfigsResponse()
        response.responses = resources.map { resource in
            var answer = AlterConfigsResponse.AlterConfigsResourceResponse()
            answer.resourceType = resource.resourceType
            answer.resourceName = resource.resourceName
            answer.errorCode = error.code.rawValue
            answer.errorMessage = error.message
            return answer
        }
        return response
    }
}
