// The checks of LIST keys and of keys with a little language of their own.

extension ConfigValidator {
    func checkList(_ value: ConfigValue, name: String) throws(InvalidConfiguration) {
        switch self {
        case .listOf(let words, let mayBeEmpty):
            try checkDistinct(value, name: name, mayBeEmpty: mayBeEmpty, mayBeNull: false, words: words)
        case .distinct(let mayBeEmpty, let mayBeNull):
            try checkDistinct(value, name: name, mayBeEmpty: mayBeEmpty, mayBeNull: mayBeNull, words: [])
        case .throttledReplicas:
            try checkThrottledReplicas(value, name: name)
        case .quorumVoters:
            guard case .list(let voters) = value else { throw refusalOfNull(name) }
            for voter in voters where !Self.isVoter(voter) {
                throw InvalidConfiguration(
                    "Invalid configuration value for \(name). Each entry should be in the form `{id}@{host}:{port}`.")
            }
        case .hostsAndPorts:
            guard case .list(let endpoints) = value else { throw refusalOfNull(name) }
            for endpoint in endpoints where HostAndPort(endpoint) == nil {
                throw InvalidConfiguration(
                    "Failed to parse host name from \(endpoint) for the configuration \(name). "
                        + "Each entry should be in the form \"{host}:{port}\"")
            }
        default:
            preconditionFailure("not a check of a list")
        }
    }

    private func refusalOfNull(_ name: String) -> InvalidConfiguration {
        InvalidConfiguration(name: name, value: "null", reason: nil)
    }

    private func checkDistinct(
        _ value: ConfigValue, name: String, mayBeEmpty: Bool, mayBeNull: Bool, words: [String]
    ) throws(InvalidConfiguration) {
        guard case .list(let values) = value else {
            if mayBeNull { return }
            throw InvalidConfiguration("Configuration '\(name)' values must not be null.")
        }
        if values.isEmpty && !mayBeEmpty {
            let allowed = words.isEmpty ? "any non-empty value" : "[" + words.joined(separator: ", ") + "]"
            throw InvalidConfiguration("Configuration '\(name)' must not be empty. Valid values include: \(allowed)")
        }
        if Set(values).count != values.count {
            throw InvalidConfiguration("Configuration '\(name)' values must not be duplicated.")
        }
        for value in values {
            if value.isEmpty { throw InvalidConfiguration("Configuration '\(name)' values must not be empty.") }
            if !words.isEmpty { try ConfigValidator.oneOf(words).check(.string(value), name: name) }
        }
    }

    private func checkThrottledReplicas(_ value: ConfigValue, name: String) throws(InvalidConfiguration) {
        guard case .list(let replicas) = value else { throw refusalOfNull(name) }
        if replicas == ["*"] || replicas.allSatisfy(Self.isThrottledReplica) { return }
        throw refusal(
            value, name,
            "\(name) must be the literal '*' or a list of replicas in the following format: "
                + "[partitionId]:[brokerId],[partitionId]:[brokerId],...")
    }

    /// `partition:broker`, both decimal.
    private static func isThrottledReplica(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// `id@host:port`.
    private static func isVoter(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, JavaText.integer(String(parts[0]), as: Int32.self) != nil else { return false }
        return HostAndPort(String(parts[1])) != nil
    }

    func checkShareOffsetReset(_ value: ConfigValue, name: String) throws(InvalidConfiguration) {
        let text = value.text ?? "null"
        if case .string = value {
            if text == "earliest" || text == "latest" { return }
            if text.hasPrefix("by_duration:"), let duration = JavaDuration(text.dropFirst(12)), !duration.isNegative {
                return
            }
        }
        throw refusal(
            value, name,
            "Invalid value `\(text)` for configuration \(name). The value must be either 'earliest', 'latest' "
                + "or of the format 'by_duration:<PnDTnHnMn.nS>'.")
    }
}

/// A host and a port as `host:port`; an IPv6 address stands in brackets.
struct HostAndPort: Hashable {
    let host: String
    let port: UInt16

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !host.isEmpty, !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), host.count > 2 else { return nil }
            self.host = String(host.dropFirst().dropLast())
        } else {
            self.host = String(host)
        }
        self.port = port
    }
}
