// Why records were not taken, in the terms of a Produce answer.

/// The error codes that checking records leads to; the raw values are Kafka's.
public enum RecordsErrorCode: Int16, Sendable {
    /// Compressed data that cannot be opened, an unknown codec, negative timestamps in batches to be written anew:
    /// Kafka fails on these without a code of their own.
    case unknownServerError = -1
    /// A wrong CRC, a senseless length or magic.
    case corruptMessage = 2
    case messageTooLarge = 10
    case invalidTimestamp = 32
    /// zstd in a Produce request before version 7.
    case unsupportedCompressionType = 76
    case invalidRecord = 87
}

/// One record that was refused. Kafka: `BatchIndexAndErrorMessage`.
public struct RecordError: Hashable, Sendable {
    /// The record's place in its batch, from 0.
    public var batchIndex: Int32
    public var message: String
}

/// Why records were not taken. Nothing of them is appended. Kafka's `ApiException`s as `ReplicaManager` answers them.
public struct RecordsRefusal: Error, Hashable, Sendable {
    public var code: RecordsErrorCode
    /// The answer's `errorMessage`. Null for most refusals: Kafka gives a text only where single records are at fault
    /// or the whole request is.
    public var errorMessage: String?
    /// The records at fault, for Produce from version 8 on. At most `recordErrorLimit` of them.
    public var recordErrors: [RecordError] = []
    /// Whether every partition of the request is answered with this, not only the one at fault.
    public var failsWholeRequest = false
    /// Whether the answer says the partition's log start offset; otherwise -1.
    public var reportsLogStartOffset = false
    /// Nothing was found wrong yet: the check takes longer than `AppendRules.effort` leaves time for. The records are
    /// as they were.
    public var isUnfinished = false
    /// What was wrong, for the log.
    public var detail: String

    /// How many records at fault an answer lists. Kafka has no limit; a compressed batch of some KiB could make it list
    /// millions.
    public static let recordErrorLimit = 10_000
}

extension RecordsRefusal {
    /// The check was given up for the time it takes.
    static let unfinished = RecordsRefusal(
        code: .unknownServerError, isUnfinished: true, detail: "a batch that takes long to check")

    /// A fault found before the partition's log is asked.
    static func early(_ code: RecordsErrorCode, _ detail: String) -> RecordsRefusal {
        RecordsRefusal(code: code, detail: detail)
    }

    /// A fault that the append itself found. Kafka's `ReplicaManager` expects some kinds and answers them without the
    /// partition's offsets; all others come with its log start offset.
    static func inAppend(_ code: RecordsErrorCode, _ detail: String) -> RecordsRefusal {
        let isExpected = code == .corruptMessage || code == .messageTooLarge
        return RecordsRefusal(code: code, reportsLogStartOffset: !isExpected, detail: detail)
    }
}
