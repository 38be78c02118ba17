// What a check of log directories found, line by line.

/// Takes down findings. `damage`: something a broker could not serve as it was written. `note`: worth knowing, and no
/// fault; the next start puts it right.
public struct CheckReport: Sendable {
    public internal(set) var lines: [String] = []
    public internal(set) var partitionCount = 0
    public internal(set) var damageCount = 0

    public init() {}

    /// Whether nothing is damaged.
    public var isSound: Bool { damageCount == 0 }

    mutating func say(_ line: String) { lines.append(line) }

    mutating func damage(_ text: String) {
        damageCount += 1
        lines.append("  damaged: \(text)")
    }

    mutating func note(_ text: String) {
        lines.append("  note: \(text)")
    }
}
