// CreateTopics (key 19): makes topics.
//
// Versions 2–7 (0 and 1 went with Kafka 4.0).
// v2  throttle time. v4 numPartitions and replicationFactor of -1 take the broker's defaults (KIP-464). v5 flexible;
// the answer tells the new topic's settings (KIP-525). v6 THROTTLING_QUOTA_EXCEEDED (KIP-599). v7 topic ids.
//
// Behaviour: without time to do it nothing is done (REQUEST_TIMED_OUT). The controller decides
// (`ReplicationControl.createTopics`); the topics' logs are there when the answer is sent.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum CreateTopics: ApiHandler {
    static let versions: ClosedRange<Int16> = 2...7

    static func handle(_ request: consuming CreateTopicsRequest, _ context: RequestContext) {
        let (request, names) = (request, request.topics.map(\.name))
        context.askController(withinMs: request.timeoutMs, refusal: { refusal(of: names, $0) }) {
            $0.createTopics(request, completion: $1)
        }
    }

    private static func refusal(of names: [String], _ error: ApiError) -> CreateTopicsResponse {
        var response = CreateTopicsResponse()
        response.topics = names.map { name in
            var topic = CreateTopicsResponse.CreatableTopicResult()
            topic.name = name
            topic.errorCode = error.code.rawValue
            topic.errorMessage = error.message
            return topic
        }
        return response
    }
}
