// The broker keys of Apache Kafka 4.3.1: listeners, connections, replication. The order is that of Kafka's definitions.

extension ConfigTable {
    /// Listeners and connections.
    static let sockets: [ConfigDefinition] = [
        .init(
            "listeners", .list, "PLAINTEXT://:9092", .distinct(mayBeEmpty: false, mayBeNull: false), .high, .perBroker),
        .init("advertised.listeners", .list, nil, .distinct(mayBeEmpty: false, mayBeNull: true), .high),
        .init(
            "listener.security.protocol.map", .string,
            "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", .none, .low, .perBroker),
        .init("socket.send.buffer.bytes", .int, "102400", .none, .high),
        .init("socket.receive.buffer.bytes", .int, "102400", .none, .high),
        .init("socket.request.max.bytes", .int, "104857600", .atLeast(1), .high),
        .init("socket.listen.backlog.size", .int, "50", .atLeast(1), .medium),
        .init("max.connections.per.ip", .int, "2147483647", .atLeast(0), .medium, .clusterWide),
        .init("max.connections.per.ip.overrides", .string, "", .none, .medium, .clusterWide),
        .init("max.connections", .int, "2147483647", .atLeast(0), .medium, .clusterWide),
        .init("max.connection.creation.rate", .int, "2147483647", .atLeast(0), .medium, .clusterWide),
        .init("connections.max.idle.ms", .long, "600000", .none, .medium),
        .init("connection.failed.authentication.delay.ms", .int, "100", .atLeast(0), .low),
        .init("queued.max.requests", .int, "500", .atLeast(1), .high),
        .init("queued.max.request.bytes", .long, "-1", .none, .medium),
        .init("num.network.threads", .int, "3", .atLeast(1), .high, .clusterWide),
        .init("controller.socket.timeout.ms", .int, "30000", .none, .medium),
    ]

    /// Replicas and their fetchers.
    static let replication: [ConfigDefinition] = [
        .init("default.replication.factor", .int, "1", .none, .medium),
        .init("replica.lag.time.max.ms", .long, "30000", .none, .high),
        .init("replica.socket.timeout.ms", .int, "30000", .none, .high),
        .init("replica.socket.receive.buffer.bytes", .int, "65536", .none, .high),
        .init("replica.fetch.max.bytes", .int, "1048576", .atLeast(0), .medium),
        .init("replica.fetch.wait.max.ms", .int, "500", .none, .high),
        .init("replica.fetch.backoff.ms", .int, "1000", .atLeast(0), .medium),
        .init("replica.fetch.min.bytes", .int, "1", .none, .high),
        .init("replica.fetch.response.max.bytes", .int, "10485760", .atLeast(0), .medium),
        .init("num.replica.fetchers", .int, "1", .atLeast(1), .high, .clusterWide),
        .init("replica.high.watermark.checkpoint.interval.ms", .long, "5000", .none, .high),
        .init("fetch.purgatory.purge.interval.requests", .int, "1000", .none, .medium),
        .init("producer.purgatory.purge.interval.requests", .int, "1000", .none, .medium),
        .init("delete.records.purgatory.purge.interval.requests", .int, "1", .none, .medium),
        .init("auto.leader.rebalance.enable", .boolean, "true", .none, .high),
        .init("leader.imbalance.check.interval.seconds", .long, "300", .atLeast(1), .high),
        .init("unclean.leader.election.interval.ms", .long, "300000", .atLeast(1), .medium, isInternal: true),
        .init("unclean.leader.election.enable", .boolean, "false", .none, .high, .clusterWide),
        .init(
            "security.inter.broker.protocol", .string, "PLAINTEXT",
            .oneOf(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), .medium),
        .init("inter.broker.listener.name", .string, nil, .none, .medium),
        .init("replica.selector.class", .string, nil, .none, .medium),
        .init("follower.fetch.last.tiered.offset.enable", .boolean, "false", .none, .medium, .clusterWide),
    ]
}
