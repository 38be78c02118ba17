// From `listeners`, `advertised.listeners` and `listener.security.protocol.map` to endpoints, with Kafka's rules.

import Glibc

extension BrokerConfiguration {
    /// Reads and checks the listeners.
    func makeEndpoints() throws(ConfigurationError) -> BrokerEndpoints {
        var endpoints = BrokerEndpoints()
        let controllerNames = list("controller.listener.names").map { $0.uppercased() }
        let map = try securityProtocolMap(controllerNames: controllerNames)
        let all = try parseListeners("listeners", list("listeners"), map: map)
        endpoints.controllerListeners = all.filter { controllerNames.contains($0.listenerName) }
        endpoints.listeners = all.filter { !controllerNames.contains($0.listenerName) }
        try checkListeners(endpoints.listeners)

        endpoints.isAdvertisedByHand = settings["advertised.listeners"] != nil
        if endpoints.isAdvertisedByHand {
            endpoints.advertised = try parseListeners("advertised.listeners", list("advertised.listeners"), map: map)
                .filter { !controllerNames.contains($0.listenerName) }
        } else {
            endpoints.advertised = endpoints.listeners.map { endpoint in
                var endpoint = endpoint
                if endpoint.host.isEmpty { endpoint.host = Self.localHostName() }
                return endpoint
            }
        }
        if let name = text("inter.broker.listener.name") {
            endpoints.interBrokerListenerName = name.uppercased()
        } else {
            endpoints.interBrokerListenerName = text("security.inter.broker.protocol") ?? "PLAINTEXT"
        }
        try checkAdvertised(endpoints)
        return endpoints
    }

    /// The settings that move the first client listener to another port: what `--port` means.
    public func settings(movingTo port: Int32, origin: ConfigOrigin) -> [ConfigSetting] {
        guard let first = endpoints.listeners.first else { return [] }
        func moved(_ endpoint: BrokerEndpoint) -> BrokerEndpoint {
            var copy = endpoint
            if endpoint.listenerName == first.listenerName { copy.port = port }
            return copy
        }
        func text(_ endpoints: [BrokerEndpoint]) -> String {
            endpoints.map { moved($0).connectionString }.joined(separator: ",")
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

    private func securityProtocolMap(
        controllerNames: [String]
    ) throws(ConfigurationError) -> [String: SecurityProtocol] {
        var map: [String: SecurityProtocol] = [:]
        for entry in JavaText.commaSeparated(text("listener.security.protocol.map") ?? "") where !entry.isEmpty {
            guard let colon = entry.lastIndex(of: ":") else {
                throw refused("listener.security.protocol.map", "\(entry) is not of the form NAME:PROTOCOL")
            }
            let name = JavaText.trim(String(entry[..<colon])).uppercased()
            let protocolName = JavaText.trim(String(entry[entry.index(after: colon)...])).uppercased()
            guard let securityProtocol = SecurityProtocol(rawValue: protocolName) else {
                let known = SecurityProtocol.allCases.map(\.rawValue).joined(separator: ", ")
                throw refused("listener.security.protocol.map", "\(protocolName) is none of \(known)")
            }
            map[name] = securityProtocol
        }
        // Kafka maps a controller listener to PLAINTEXT by itself as long as nobody has written a map.
        if settings["listener.security.protocol.map"] == nil {
            for name in controllerNames where map[name] == nil { map[name] = .plaintext }
        }
        return map
    }

    private func parseListeners(
        _ key: String, _ entries: [String], map: [String: SecurityProtocol]
    ) throws(ConfigurationError) -> [BrokerEndpoint] {
        var endpoints: [BrokerEndpoint] = []
        for entry in entries {
            guard let parts = ListenerText(entry) else {
                throw refused(key, "\(entry) is not of the form NAME://host:port")
            }
            guard let securityProtocol = map[parts.name] else {
                throw refused(
                    key, "No security protocol defined for listener \(parts.name)",
                    hint: "listener.security.protocol.map says which protocol a name stands for")
            }
            endpoints.append(
                BrokerEndpoint(
                    listenerName: parts.name, securityProtocol: securityProtocol, host: parts.host, port: parts.port))
        }
        let names = endpoints.map(\.listenerName)
        if Set(names).count != names.count { throw refused(key, "Each listener must have a different name") }
        return endpoints
    }

    private func checkListeners(_ listeners: [BrokerEndpoint]) throws(ConfigurationError) {
        if listeners.isEmpty {
            throw refused("listeners", "no listener is left for clients beside those of controller.listener.names")
        }
        let ports = listeners.map(\.port).filter { $0 != 0 }
        let hosts = listeners.map { "\($0.host):\($0.port)" }
        if Set(ports).count != ports.count && Set(hosts).count != hosts.count {
            throw refused("listeners", "Each listener must have a different port")
        }
        for listener in listeners where listener.securityProtocol != .plaintext {
            throw refused(
                "listeners",
                "listener \(listener.listenerName) asks for \(listener.securityProtocol.rawValue), "
                    + "and only PLAINTEXT is served yet")
        }
    }

    private func checkAdvertised(_ endpoints: BrokerEndpoints) throws(ConfigurationError) {
        let names = Set(endpoints.listeners.map(\.listenerName))
        for endpoint in endpoints.advertised {
            if !names.contains(endpoint.listenerName) {
                throw refused(
                    "advertised.listeners",
                    "\(endpoint.listenerName) is not in listeners, which has \(names.sorted().joined(separator: ","))")
            }
            if endpoint.host == "0.0.0.0" {
                let key = endpoints.isAdvertisedByHand ? "advertised.listeners" : "listeners"
                throw refused(
                    key, "clients cannot be told the address 0.0.0.0",
                    hint: "set advertised.listeners to an address that they can reach")
            }
        }
        let known = endpoints.advertised.map(\.listenerName)
        if !known.contains(endpoints.interBrokerListenerName), isSetByHand("inter.broker.listener.name") {
            throw refused("inter.broker.listener.name", "it must be one of \(known.joined(separator: ","))")
        }
    }

    private func refused(_ key: String, _ reason: String, hint: String? = nil) -> ConfigurationError {
        let setting = settings[key]
        var sentence = "Invalid value \(setting?.text ?? "") for configuration \(key): \(reason)"
        if let hint { sentence += "; \(hint)" }
        if let setting { sentence += " (\(setting.origin))" }
        return ConfigurationError([sentence])
    }

    private static func localHostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? "localhost" : name
    }
}

/// `NAME://host:port`: the host may be empty, an IPv6 address may stand in brackets.
struct ListenerText {
    let name: String
    let host: String
    let port: Int32

    init?(_ text: String) {
        let marks = text.utf8
        guard let mark = text.range(ofASCII: "://"), let colon = marks.lastIndex(of: UInt8(ascii: ":")),
            colon >= mark.upperBound
        else { return nil }
        name = JavaText.trim(String(text[..<mark.lowerBound])).uppercased()
        var host = text[mark.upperBound..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let allowed = host.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [0x2D, 0x25, 0x2E, 0x5F, 0x3A].contains($0)
        }
        let digits = text[text.index(after: colon)...]
        guard !name.isEmpty, allowed, let port = JavaText.integer(String(digits), as: Int32.self),
            (0...65535).contains(port)
        else { return nil }
        self.host = String(host)
        self.port = port
    }
}

extension String {
    /// The first place of an ASCII text.
    func range(ofASCII wanted: String) -> Range<String.Index>? {
        var start = utf8.startIndex
        let pattern = Array(wanted.utf8)
        while start != utf8.endIndex {
            if utf8[start...].starts(with: pattern) {
                return start..<utf8.index(start, offsetBy: pattern.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
