// Kafka's words for an error, for answers that carry some and have nothing more exact to say. Kafka:
// `Errors.message()`.

import KafkaMessages
import KafkaWire

extension ErrorCode {
    /// What an answer says of the error by itself; `NONE` where there is none, as Kafka has it.
    var standardMessage: String {
        switch self {
        case .none: "NONE"
        case .unknownTopicOrPartition: "This server does not host this topic-partition."
        case .coordinatorNotAvailable: "The coordinator is not available."
        default:
            "This most likely occurs because of a request being malformed by the client library or the message was sent "
                + "to an incompatible broker. See the broker logs for more details."
        }
    }
}
