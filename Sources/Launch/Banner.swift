// The few lines that a start prints: where it listens, where the data is, how safe it is, how to connect.

import Configuration

/// The text that a start prints to standard output.
public enum Banner {
    /// - Parameters:
    ///   - endpoints: what the server listens on, with the ports that were chosen.
    ///   - advertised: what clients are told.
    public static func text(
        endpoints: [BrokerEndpoint], advertised: [BrokerEndpoint], configuration: BrokerConfiguration,
        dataDirectory: DataDirectory
    ) -> String {
        let client = address(advertised.first ?? endpoints[0])
        let places = dataDirectory.paths.joined(separator: ", ")
        return """
            Martlet \(MartletVersion.number), compatible with Apache Kafka \(MartletVersion.kafka)
              listening   \(endpoints.map { address($0) }.joined(separator: ", "))
              data        \(places) (\(dataDirectory.explanation))
              durability  \(durability(configuration))
              connect     bootstrap.servers=\(client)
                          kcat -b \(client) -L

            """
    }

    private static func address(_ endpoint: BrokerEndpoint) -> String {
        let host = endpoint.host.isEmpty ? "0.0.0.0" : endpoint.host
        return host.contains(":") ? "[\(host)]:\(endpoint.port)" : "\(host):\(endpoint.port)"
    }

    /// What an acknowledged record survives, by `log.flush.interval.messages` and `log.flush.interval.ms`.
    static func durability(_ configuration: BrokerConfiguration) -> String {
        let messages = configuration.logFlushIntervalMessages
        let ms = configuration.logFlushIntervalMs
        if messages == 1 { return "records are on disk before they are acknowledged" }
        var moments: [String] = []
        if messages != .max { moments.append("every \(messages) records") }
        if ms != .max { moments.append("every \(ms) ms") }
        if moments.isEmpty {
            return "acknowledged records survive kill -9; a power cut may lose the last ones (as Kafka's default)"
        }
        return "synced to disk \(moments.joined(separator: " or ")) of a partition; kill -9 loses nothing acknowledged"
    }
}
