// The broker's keys as one table, and the names that belong to it without standing in it.

extension ConfigTable {
    /// The keys of `server.properties`.
    public static let broker = ConfigTable(
        remoteLog, server, kraft, sockets, replication, groups, logs, shareGroups, transactions, quorum,
        metricsAndQuotas, security, addPartitions)

    /// Keys of a broker that can only be set while it runs (QuotaConfig.brokerQuotaConfigs).
    public static let brokerQuota = ConfigTable(
        [
            .init(
                "leader.replication.throttled.rate", .long, "9223372036854775807", .atLeast(0), .medium, .clusterWide),
            .init(
                "follower.replication.throttled.rate", .long, "9223372036854775807", .atLeast(0), .medium,
                .clusterWide),
            .init(
                "replica.alter.log.dirs.io.max.bytes.per.second", .long, "9223372036854775807", .atLeast(0), .medium,
                .clusterWide),
        ])

    /// What a key that is set for one listener only (`listener.name.NAME.KEY`) is called without its listener.
    static func listenerBaseName(of name: String) -> String? {
        let prefix = "listener.name."
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        guard let dot = rest.firstIndex(of: "."), dot != rest.startIndex else { return nil }
        let base = String(rest[rest.index(after: dot)...])
        guard !base.isEmpty else { return nil }
        // `listener.name.NAME.MECHANISM.KEY`: these keys may stand behind a SASL mechanism too.
        let perMechanism = [
            "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class",
            "sasl.server.callback.handler.class", "connections.max.reauth.ms",
        ]
        return perMechanism.first { base.hasSuffix($0) } ?? base
    }

    /// The key of which `name` is one listener's own value; nil when it is not of this form.
    static func ofListener(_ name: String) -> ConfigDefinition? {
        listenerBaseName(of: name).flatMap { broker[$0] }
    }
}
