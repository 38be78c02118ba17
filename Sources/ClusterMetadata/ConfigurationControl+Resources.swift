// What may be set on groups, client metrics and brokers.

import Configuration
import KafkaWire

extension ConfigurationControl {
    /// Kafka: `GroupConfigManager.validate`.
    func validateGroup(_ name: String, _ settings: [String: String]) throws(ApiError) {
        if name.isEmpty { throw ApiError(.invalidRequest, "Default group resources are not allowed.") }
        for key in settings.keys.sorted() where !ConfigTable.group.contains(key) {
            throw ApiError(.invalidConfig, "Unknown group config name: \(key)")
        }
        for definition in ConfigTable.group.definitions {
            guard let text = settings[definition.name] else { continue }
            do {
                let value = try definition.parse(text)
                if case .int(let number) = value { try checkGroupBounds(definition.name, number) }
            } catch let error as ApiError {
                throw error
            } catch {
                throw ApiError(.invalidConfig, (error as? InvalidConfiguration)?.message)
            }
        }
    }

    /// A group's setting lies between what the broker allows to all groups: `consumer.session.timeout.ms` between
    /// `group.consumer.min.session.timeout.ms` and `group.consumer.max.session.timeout.ms`.
    private func checkGroupBounds(_ key: String, _ value: Int32) throws(ApiError) {
        guard let dot = key.firstIndex(of: ".") else { return }
        let kind = key[..<dot]
        let rest = key[key.index(after: dot)...]
        for (word, comparison) in [("min", "greater"), ("max", "less")] {
            // The replicas' bound stands where the number stands.
            let bound =
                rest == "num.standby.replicas"
                ? "group.\(kind).\(word).standby.replicas" : "group.\(kind).\(word).\(rest)"
            guard let definition = ConfigTable.broker[bound], definition.type == .int,
                case .int(let limit) = broker.value(of: bound)
            else { continue }
            if word == "min" ? value < limit : value > limit {
                throw ApiError(.invalidConfig, "\(key) must be \(comparison) than or equal to \(bound)")
            }
        }
    }

    /// Kafka: `ClientMetricsConfigs.validate` (KIP-714).
    func validateClientMetrics(_ name: String, _ settings: [String: String]) throws(ApiError) {
        func refuse(_ text: String) -> ApiError { ApiError(.invalidRequest, text) }
        if name.isEmpty { throw refuse("Subscription name can't be empty") }
        for key in settings.keys.sorted() {
            guard ConfigTable.clientMetrics.contains(key) else {
                throw refuse("Unknown client metrics configuration: \(key)")
            }
            let value = settings[key] ?? ""
            switch key {
            case "interval.ms":
                guard let interval = Int32(value) else {
                    throw ApiError(
                        .invalidConfig, "Invalid value \(value) for configuration interval.ms: Not a number of type INT"
                    )
                }
                guard (100...3_600_000).contains(interval) else {
                    throw refuse(
                        "Invalid value \(value) for interval.ms, interval must be between 100 and 3600000 (1 hour)")
                }
            case "match": try checkMatch(value)
            default: break
            }
        }
    }

    private static let matchKeys: Set<String> = [
        "client_id", "client_instance_id", "client_software_name", "client_software_version", "client_source_address",
        "client_source_port",
    ]

    /// A list of `name=pattern`.
    private func checkMatch(_ list: String) throws(ApiError) {
        for part in list.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(Self.trimmed(pair[0]))
            guard pair.count == 2, !Self.trimmed(pair[1]).isEmpty else {
                throw ApiError(.invalidConfig, "Illegal client matching pattern: \(part)")
            }
            guard Self.matchKeys.contains(name) else {
                throw ApiError(.invalidConfig, "Illegal client matching pattern: \(part)")
            }
        }
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// What a broker takes over while it runs. Kafka: `DynamicBrokerConfig.validate`.
    /// - Parameter isPerBroker: the settings are for one broker, not for all.
    func validateBroker(_ settings: [String: String], isPerBroker: Bool) throws(ApiError) {
        func refuse(_ text: String, _ keys: [String]) -> ApiError {
            ApiError(.invalidRequest, "\(text): [\(keys.joined(separator: ", "))]")
        }
        let known = settings.keys.sorted().compactMap { ConfigTable.broker[$0] }
        let fixed = known.filter { $0.updateMode == .readOnly }.map(\.name)
        if !fixed.isEmpty { throw refuse("Cannot update these configs dynamically", fixed) }
        let secured = known.filter { $0.updateMode == .perBroker && $0.name.hasPrefix("ssl.") }.map(\.name)
        if !secured.isEmpty {
            throw refuse(
                "These security configs can be dynamically updated only per-listener using the listener prefix", secured
            )
        }
        do {
            for definition in known { _ = try definition.parse(settings[definition.name] ?? "") }
        } catch {
            throw ApiError(.invalidRequest, error.message)
        }
        let own = known.filter { $0.updateMode == .perBroker }.map(\.name)
        if !isPerBroker, !own.isEmpty {
            throw refuse("Cannot update these configs at default cluster level, broker id must be specified", own)
        }
        if isPerBroker, let listeners = settings["listeners"], !namesController(listeners) {
            throw ApiError(
                .invalidRequest,
                "requirement failed: controller.listener.names must contain at least one value appearing in the "
                    + "'listeners' configuration when running the KRaft controller role")
        }
        let all = ConfigResource.allBrokers
        do {
            _ = try self.settings.configuration.applying(
                dynamicDefaults: isPerBroker ? state.configurations[all] : settings,
                dynamicSettings: isPerBroker ? settings : state.configurations[.broker(self.settings.nodeId)])
        } catch {
            // What Kafka says of a setting that another one does not allow; of those of groups it says it plainly.
            let isOfGroups = error.message.hasPrefix("group.")
            throw ApiError(.invalidRequest, isOfGroups ? error.message : "requirement failed: \(error.message)")
        }
    }

    /// Whether one of the listeners is the controller's, where the controller has one of its own.
    private func namesController(_ listeners: String) -> Bool {
        let controller = settings.configuration.value(of: "controller.listener.names").text ?? ""
        let names = controller.split(separator: ",").map(Self.trimmed)
        return names.isEmpty
            || listeners.split(separator: ",").contains { listener in
                names.contains(Self.trimmed(listener.prefix { $0 != ":" }))
            }
    }
}
