// Whose clock a batch's timestamps are.

/// Who set the timestamps of a batch's records. Kafka: `TimestampType`, `message.timestamp.type`.
public enum TimestampType: UInt8, Sendable {
    /// The producer set each record's.
    case createTime = 0
    /// The broker set one for the whole batch: its `maxTimestamp`.
    case logAppendTime = 1

    /// The value of `message.timestamp.type`.
    public var name: String {
        switch self {
        case .createTime: "CreateTime"
        case .logAppendTime: "LogAppendTime"
        }
    }
}
