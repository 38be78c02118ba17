// The keys of a client metrics subscription of Apache Kafka 4.3.1 (KIP-714), in the order in which Kafka defines them.

extension ConfigTable {
    /// The keys that a client metrics subscription may set.
    public static let clientMetrics = ConfigTable(
        [
            .init("metrics", .list, "", .distinct(mayBeEmpty: true, mayBeNull: false), .medium),
            .init("interval.ms", .int, "300000", .none, .medium),
            .init("match", .list, "", .distinct(mayBeEmpty: true, mayBeNull: false), .medium),
        ])
}
