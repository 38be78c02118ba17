// Why a request to a consumer group is refused.

import KafkaMessages
import KafkaWire

/// The error of an answer, in Kafka's words.
struct ConsumerGroupRefusal: Error, Equatable {
    let code: ErrorCode
    let message: String?

    init(_ code: ErrorCode, _ message: String?) {
        self.code = code
        self.message = message
    }

    var heartbeatResponse: ConsumerGroupHeartbeatResponse {
        var response = ConsumerGroupHeartbeatResponse()
        response.errorCode = code.rawValue
        response.errorMessage = message
        return response
    }
}
