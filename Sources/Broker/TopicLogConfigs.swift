// The log settings of each topic, made once and shared: most topics have none of their own and share one value.

import Configuration
import LogStorage
import Synchronization

/// Gives every topic its `SharedLogConfig`.
final class TopicLogConfigs: Sendable {
    private struct State: Sendable {
        var configuration: BrokerConfiguration
        /// For topics without settings of their own.
        var standard: SharedLogConfig
    }

    private let state: Mutex<State>

    init(_ configuration: BrokerConfiguration) {
        state = Mutex(State(configuration: configuration, standard: Self.standard(configuration)))
    }

    /// The broker's settings, which give topics what they do not set themselves, are others from now on.
    func follow(_ configuration: BrokerConfiguration) {
        let standard = Self.standard(configuration)
        state.withLock { $0 = State(configuration: configuration, standard: standard) }
    }

    func config(overrides: [String: String]) -> SharedLogConfig {
        let (configuration, standard) = state.withLock { ($0.configuration, $0.standard) }
        if overrides.isEmpty { return standard }
        return SharedLogConfig(LogConfig(TopicConfiguration(overrides: overrides, broker: configuration)))
    }

    private static func standard(_ configuration: BrokerConfiguration) -> SharedLogConfig {
        SharedLogConfig(LogConfig(TopicConfiguration(overrides: [:], broker: configuration)))
    }
}
