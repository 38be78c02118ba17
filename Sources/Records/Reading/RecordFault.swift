// What is wrong with a batch's records when they are read.

/// Records that cannot be read.
public enum RecordFault: Error, Sendable {
    /// They are not as the format says. Kafka: `InvalidRecordException`.
    case malformed(StaticString)
    /// The compressed data they come in cannot be opened.
    case compression(DecompressionError)
    /// The attributes name a codec that there is not, or the records' structure fails in a place where Kafka has no
    /// code for it.
    case unreadable(StaticString)
    /// A record larger than the reader was allowed to take memory for.
    case tooLarge(sizeBytes: Int)
    /// The records expand to more than the reader was to open.
    case expandsTooFar
}

extension RecordFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let reason), .unreadable(let reason): "\(reason)"
        case .compression(let error): "\(error)"
        case .tooLarge(let sizeBytes): "a record of \(sizeBytes) bytes"
        case .expandsTooFar: "records that expand too far"
        }
    }
}
