// What must hold between keys: each value is allowed by itself, and the broker still would not start with them.

extension BrokerConfiguration {
    /// Kafka's sentences for the relations that do not hold.
    func relationProblems() -> [String] {
        []
    }
}
