// CreatePartitions (key 37): adds partitions to topics.
//
// Versions 0–3.
// v1  as v0. v2 flexible. v3 THROTTLING_QUOTA_EXCEEDED (KIP-599).
//
// Behaviour: the controller decides (`ReplicationControl.createPartitions`); the new logs are there when the answer is
// sent.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum CreatePartitions: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...3

    static func handle(_ request: consuming CreatePartitionsRequest, _ context: RequestContext) {
        let (request, names) = (request, request.topics.map(\.name))
        context.askController(withinMs: request.timeoutMs, refusal: { refusal(of: names, $0) }) {
            $0.createPartitions(request, completion: $1)
        }
    }

    private static func refusal(of names: [String], _ error: ApiError) -> CreatePartitionsResponse {
        var response = CreatePartitionsResponse()
        response.results = names.map { name in
            var topic = CreatePartitionsResponse.CreatePartitionsTopicResult()
            topic.name = name
            topic.errorCode = error.code.rawValue
            topic.errorMessage = error.message
            return topic
        }
        return response
    }
}
