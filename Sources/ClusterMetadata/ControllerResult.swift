// What the controller's decisions give: records to append, and an answer for when they are.

import KafkaMessages
import KafkaWire

/// The protocol's kind of error: a code and Kafka's message. Kafka: `ApiError`.
public struct ApiError: Error, Hashable, Sendable {
    public let code: ErrorCode
    public let message: String?

    public init(_ code: ErrorCode, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}

/// A decision: the records take effect all together or not at all; the answer is true once they are committed.
/// Kafka: `ControllerResult.atomicOf`.
struct ControllerResult<Answer: Sendable>: Sendable {
    var records: [MetadataRecord]
    var answer: Answer

    init(_ records: [MetadataRecord] = [], _ answer: Answer) {
        self.records = records
        self.answer = answer
    }
}

/// Limits of one request. Kafka: `QuorumController.MAX_RECORDS_PER_USER_OP`, `ReplicationControlManager`.
enum ControllerLimits {
    static let maxRecordsPerOperation = 10_000
    static let maxPartitionsPerRequest: Int32 = 10_000
    static let producerIdBlockSize: Int64 = 1_000

    static let tooManyRecords = ApiError(.policyViolation, "Unable to perform excessively large batch operation.")
    static let tooManyPartitions = ApiError(.policyViolation, "Excessively large number of partitions per request.")
}

/// Producer ids that this broker may give out.
public struct ProducerIdBlock: Hashable, Sendable {
    public let firstId: Int64
    public let count: Int64
}
