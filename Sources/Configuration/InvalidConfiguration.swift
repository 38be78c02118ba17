// The one error of this target: a value that a key does not allow.

/// A configuration value that is refused. `message` is what Kafka 4.3.1 says for the same value (`ConfigException`,
/// `InvalidConfigurationException`), so that it can go into an answer as it is.
public struct InvalidConfiguration: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    /// Kafka's sentence for a value that a key refuses.
    init(name: String, value: String, reason: String?) {
        message = "Invalid value \(value) for configuration \(name)" + (reason.map { ": " + $0 } ?? "")
    }

    public var description: String { message }
}
