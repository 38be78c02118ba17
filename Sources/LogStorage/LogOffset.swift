// Which offsets are taken from a disk: files may be named, and checkpoints say, anything.

/// The offsets that a log can have.
public enum LogOffset {
    /// No log gets there: a million records a second take 146,000 years. Sums of an offset below it and of what a
    /// segment can hold (2^31) do not overflow.
    public static let limit: Int64 = 1 << 62

    /// Whether an offset that a name or a checkpoint says can be one.
    public static func isPossible(_ offset: Int64) -> Bool { offset >= 0 && offset < limit }
}
