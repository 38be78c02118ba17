// The log settings of each topic, made once and shared: most topics have none of their own and share one value.

import Configuration
import LogStorage
import Synchronization

/// Gives every topic its `SharedLogConfig`.
final class TopicLogConfigs: Sendable {
    private let configuration: BrokerConfiguration
    /// For topics without settings of their own.
    private let standard: SharedLogConfig

    init(_ configuration: BrokerConfiguration) {
        self.configuration = configuration
        standard = SharedLogConfig(LogConfig(TopicConfiguration(overrides: [:], broker: configuration)))
    }

    func config(overrides: [String: String]) -> SharedLogConfig {
        if overrides.isEmpty { return standard }
        return SharedLogConfig(LogConfig(TopicConfiguration(overrides: overrides, broker: configuration)))
    }
}
