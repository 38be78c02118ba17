// The protocol's errors. The codes that exist are generated from Protocol/errors.json.

/// An error as it stands in an answer: `errorCode: ErrorCode.unknownTopicOrPartition.rawValue`.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int16

    @inlinable
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }
}
