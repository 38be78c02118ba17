// Why a partition took no records, in the terms of a Produce answer.

import KafkaMessages
import KafkaWire
import LogStorage
import Records

/// The refusal of one partition's records.
public struct AppendRefusal: Error, Sendable {
    public let code: ErrorCode
    /// The answer's error message; nil for most refusals, as in Kafka.
    public let errorMessage: String?
    /// The records at fault, where single ones are.
    public let recordErrors: [RecordError]
    /// The partition's log start offset, -1 where Kafka does not say it.
    public let logStartOffset: Int64
    /// Nothing was found wrong yet: see `RecordsRefusal.isUnfinished`.
    public let isUnfinished: Bool

    public init(_ code: ErrorCode, logStartOffset: Int64 = -1) {
        self.code = code
        errorMessage = nil
        recordErrors = []
        isUnfinished = false
        self.logStartOffset = logStartOffset
    }

    public init(_ refusal: RecordsRefusal, logStartOffset: Int64 = -1) {
        code = ErrorCode(rawValue: refusal.code.rawValue)
        errorMessage = refusal.errorMessage
        recordErrors = refusal.recordErrors
        isUnfinished = refusal.isUnfinished
        self.logStartOffset = refusal.reportsLogStartOffset ? logStartOffset : -1
    }

    init(_ error: LogError, logStartOffset: Int64) {
        code = ErrorCode(rawValue: error.code.rawValue)
        errorMessage = nil
        recordErrors = []
        isUnfinished = false
        // Kafka expects these of a log and answers them without the partition's offsets.
        switch error.code {
        case .messageTooLarge, .recordListTooLarge, .corruptMessage, .kafkaStorageError: self.logStartOffset = -1
        default: self.logStartOffset = logStartOffset
        }
    }
}
