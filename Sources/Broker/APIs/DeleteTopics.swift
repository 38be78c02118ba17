// DeleteTopics (key 20): deletes topics, by name or by id.
//
// Versions 1–6 (0 went with Kafka 4.0).
// v1  throttle time. v4 flexible. v5 error messages. v6 topics by id (KIP-516).
//
// Behaviour: without time to do it nothing is done (REQUEST_TIMED_OUT). The controller decides
// (`ReplicationControl.deleteTopics`). When the answer is sent the topics are gone for clients; their directories are
// renamed, and removed after `log.segment.delete.delay.ms`.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum DeleteTopics: ApiHandler {
    static let versions: ClosedRange<Int16> = 1...6

    static func handle(_ request: consuming DeleteTopicsRequest, _ context: RequestContext) {
        let asked: [(name: String?, id: Uuid)] =
            request.topicNames.map { ($0, .zero) } + request.topics.map { ($0.name, $0.topicId) }
        let request = request
        context.askController(withinMs: request.timeoutMs, refusal: { refusal(of: asked, $0) }) {
            $0.deleteTopics(request, version: context.apiVersion, completion: $1)
        }
    }

    private static func refusal(of asked: [(name: String?, id: Uuid)], _ error: ApiError) -> DeleteTopicsResponse {
        var response = DeleteTopicsResponse()
        response.responses = asked.map { name, id in
            var topic = DeleteTopicsResponse.DeletableTopicResult()
            topic.name = name
            topic.topicId = id
            topic.errorCode = error.code.rawValue
            topic.errorMessage = error.message
            return topic
        }
        return response
    }
}
