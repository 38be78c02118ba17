// What goes wrong in a log: the protocol's refusals, and the environment's failures.

import Files

/// The error codes a log answers with; the raw values are Kafka's (`ErrorCode(rawValue:)` takes them as they are).
public enum LogErrorCode: Int16, Sendable {
    case unknownServerError = -1
    case offsetOutOfRange = 1
    case corruptMessage = 2
    case unknownTopicOrPartition = 3
    case messageTooLarge = 10
    case recordListTooLarge = 18
    case policyViolation = 44
    case outOfOrderSequenceNumber = 45
    case invalidProducerEpoch = 47
    case invalidTxnState = 48
    case transactionCoordinatorFenced = 52
    case kafkaStorageError = 56
    case invalidRecord = 87
    case inconsistentTopicId = 103
}

/// Why a log did not do what it was asked for.
public enum LogError: Error, Sendable {
    /// The protocol's: an error code for the answer, with Kafka's message.
    case refused(LogErrorCode, String)
    /// The environment's: the log's directory is offline from then on.
    case storage(FileError)

    public var code: LogErrorCode {
        switch self {
        case .refused(let code, _): code
        case .storage: .kafkaStorageError
        }
    }

    public var message: String {
        switch self {
        case .refused(_, let message): message
        case .storage(let error): error.description
        }
    }
}
