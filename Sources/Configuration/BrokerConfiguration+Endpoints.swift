// From `listeners`, `advertised.listeners` and `listener.security.protocol.map` to endpoints, with Kafka's rules and
// sentences.

import Glibc

extension BrokerConfiguration {
    /// Reads and checks the listeners.
    func makeEndpoints() throws(ConfigurationError) -> BrokerEndpoints {
        var endpoints = BrokerEndpoints()
        let controllerNames = list("controller.listener.names")
        let map = try securityProtocolMap(controllerNames: controllerNames)
        let all = try readListeners("listeners", map: map)
        try checkPorts(all)
        endpoints.controllerListeners = all.filter { controllerNames.contains($0.listenerName) }
        endpoints.listeners = all.filter { !controllerNames.contains($0.listenerName) }
        endpoints.isAdvertisedByHand = settings["advertised.listeners"] != nil
        let advertised = endpoints.isAdvertisedByHand ? try readListeners("advertised.listeners", map: map) : all
        endpoints.advertised = advertised.filter { !controllerNames.contains($0.listenerName) }
        endpoints.interBrokerListenerName = try interBrokerListenerName(map: map)
        try checkAdvertised(endpoints, among: all)
        try checkServed(endpoints)
        for index in endpoints.advertised.indices where endpoints.advertised[index].host.isEmpty {
            endpoints.advertised[index].host = Self.localHostName()
        }
        return endpoints
    }

    private func securityProtocolMap(
        controllerNames: [String]
    ) throws(ConfigurationError) -> [String: SecurityProtocol] {
        let key = "listener.security.protocol.map"
        var map: [String: SecurityProtocol] = [:]
        for entry in JavaText.commaSeparated(text(key) ?? "") where !entry.isEmpty {
            guard let colon = entry.utf8.lastIndex(of: UInt8(ascii: ":")) else {
                throw refused(key, "Error parsing configuration property '\(key)': \(entry) is no NAME:PROTOCOL")
            }
            let name = JavaText.trim(String(entry[..<colon])).uppercased()
            let protocolName = JavaText.trim(String(entry[entry.utf8.index(after: colon)...]))
            guard let securityProtocol = SecurityProtocol(rawValue: protocolName.uppercased()) else {
                let known = SecurityProtocol.allCases.map(\.rawValue).joined(separator: ", ")
                throw refused(
                    key, "Invalid security protocol `\(protocolName)` defined in \(key)", hint: "there are \(known)")
            }
            map[name] = securityProtocol
        }
        // As long as nobody has written a map, and nothing is secured, a controller's listener is PLAINTEXT by itself.
        let names = controllerNames + list("listeners").compactMap { ListenerText($0)?.name }
        let isSecured = names.contains { SecurityProtocol(rawValue: $0).map { $0 != .plaintext } ?? false }
        if settings[key] == nil && !isSecured {
            for name in controllerNames where map[name] == nil { map[name] = .plaintext }
        }
        return map
    }

    private func readListeners(
        _ key: String, map: [String: SecurityProtocol]
    ) throws(ConfigurationError) -> [BrokerEndpoint] {
        let entries = list(key)
        func refusal(_ reason: String, hint: String? = nil) -> ConfigurationError {
            let quoted = "[" + entries.joined(separator: ", ") + "]"
            return refused(key, "Error creating broker listeners from '\(quoted)': \(reason)", hint: hint)
        }
        var endpoints: [BrokerEndpoint] = []
        for entry in entries {
            guard let parts = ListenerText(entry) else {
                throw refusal("Unable to parse \(entry) to a broker endpoint", hint: "it is no NAME://host:port")
            }
            if parts.name.isEmpty { throw refusal("The provided listener name is null or empty string") }
            guard let securityProtocol = map[parts.name] else {
                throw refusal(
                    "No security protocol defined for listener \(parts.name)",
                    hint: "listener.security.protocol.map says which protocol a name stands for")
            }
            endpoints.append(
                BrokerEndpoint(
                    listenerName: parts.name, securityProtocol: securityProtocol, host: parts.host, port: parts.port))
        }
        if Set(endpoints.map(\.listenerName)).count != endpoints.count {
            throw refusal("Each listener must have a different name, listeners: \(Self.quoted(entries))")
        }
        return endpoints
    }

    /// Two listeners may share a port where one has an IPv4 address and the other an IPv6 address.
    private func checkPorts(_ endpoints: [BrokerEndpoint]) throws(ConfigurationError) {
        guard endpoints.count > 1 else { return }
        let entries = Self.quoted(list("listeners"))
        let groups = Dictionary(grouping: endpoints.filter { $0.port != 0 }, by: \.port)
        for (port, group) in groups.sorted(by: { $0.key < $1.key }) where group.count > 1 {
            let families = group.compactMap { AddressFamily(host: $0.host) }
            let reason: String
            if families.isEmpty {
                reason = "Each listener must have a different port, listeners: \(entries)"
            } else if families.count != group.count || group.count > 2 {
                reason =
                    "Each listener must have a different port unless exactly one listener has an IPv4 address and "
                    + "the other IPv6 address, listeners: \(entries), port: \(port)"
            } else if families[0] == families[1] {
                reason =
                    "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
                    + "listeners: \(entries), port: \(port)"
            } else {
                continue
            }
            throw refused("listeners", "Error creating broker listeners from '\(entries)': \(reason)")
        }
    }

    private func interBrokerListenerName(map: [String: SecurityProtocol]) throws(ConfigurationError) -> String {
        let key = "inter.broker.listener.name"
        guard let name = text(key)?.uppercased() else { return text("security.inter.broker.protocol") ?? "PLAINTEXT" }
        if settings["security.inter.broker.protocol"] != nil {
            throw refused(key, "Only one of \(key) and security.inter.broker.protocol should be set.")
        }
        if map[name] == nil {
            throw refused(
                key, "Listener with name \(name) defined in \(key) not found in listener.security.protocol.map.")
        }
        return name
    }

    private func checkAdvertised(
        _ endpoints: BrokerEndpoints, among listeners: [BrokerEndpoint]
    ) throws(ConfigurationError) {
        let names = endpoints.advertised.map(\.listenerName)
        let known = listeners.map(\.listenerName)
        let key = endpoints.isAdvertisedByHand ? "advertised.listeners" : "listeners"
        if names.isEmpty {
            throw refused(
                key,
                "There must be at least one broker advertised listener. "
                    + "Perhaps all listeners appear in controller.listener.names?")
        }
        if !names.contains(endpoints.interBrokerListenerName) {
            let set = ["inter.broker.listener.name", "security.inter.broker.protocol"].first { settings[$0] != nil }
            throw refused(
                set ?? key,
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. "
                    + "The valid options based on currently configured listeners are \(names.joined(separator: ","))")
        }
        if !Set(names).isSubset(of: known) {
            throw refused(
                key,
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. "
                    + "Found \(names.joined(separator: ",")). The valid options based on the current configuration "
                    + "are \(known.joined(separator: ","))")
        }
        if endpoints.advertised.contains(where: { $0.host == "0.0.0.0" }) {
            throw refused(
                key, "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
                hint: "advertised.listeners is what clients are told; it is listeners where it is not set")
        }
    }

    /// What Kafka would serve and Martlet does not yet.
    private func checkServed(_ endpoints: BrokerEndpoints) throws(ConfigurationError) {
        for listener in endpoints.listeners where listener.securityProtocol != .plaintext {
            throw refused(
                "listeners",
                "Listener \(listener.listenerName) asks for \(listener.securityProtocol.rawValue), "
                    + "and only PLAINTEXT is served yet")
        }
    }

    private func refused(_ key: String, _ reason: String, hint: String? = nil) -> ConfigurationError {
        var sentence = reason
        if let hint { sentence += (reason.hasSuffix(".") ? " " : "; ") + hint }
        if let setting = settings[key] { sentence += " (\(setting.origin))" }
        return ConfigurationError([sentence])
    }

    private static func quoted(_ entries: [String]) -> String { "[" + entries.joined(separator: ", ") + "]" }

    private static func localHostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? "localhost" : name
    }
}

extension BrokerConfiguration {
    /// The settings that move the first client listener to another port: what `--port` means.
    public func settings(movingTo port: Int32, origin: ConfigOrigin) -> [ConfigSetting] {
        guard let first = endpoints.listeners.first else { return [] }
        func text(_ endpoints: [BrokerEndpoint]) -> String {
            endpoints.map { endpoint in
                var endpoint = endpoint
                if endpoint.listenerName == first.listenerName { endpoint.port = port }
                return endpoint.connectionString
            }.joined(separator: ",")
        }
        var changes = [
            ConfigSetting("listeners", text(endpoints.listeners + endpoints.controllerListeners), from: origin)
        ]
        if endpoints.isAdvertisedByHand,
            endpoints.advertised.contains(where: { $0.listenerName == first.listenerName && $0.port == first.port })
        {
            changes.append(ConfigSetting("advertised.listeners", text(endpoints.advertised), from: origin))
        }
        return changes
    }
}
