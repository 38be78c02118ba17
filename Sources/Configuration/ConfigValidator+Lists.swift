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
            for voter in voters { try Self.checkVoter(voter, name: name) }
        case .hostsAndPorts:
            guard case .list(let endpoints) = value else { throw refusalOfNull(name) }
            for endpoint in endpoints where !Self.isAddress(endpoint) {
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

    /// `partition:broker`, both decimal; Kafka lets an empty one pass.
    private static func isThrottledReplica(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return text.isEmpty
            || parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// `id@host:port`.
    private static func checkVoter(_ text: String, name: String) throws(InvalidConfiguration) {
        let form = "Each entry should be in the form `{id}@{host}:{port}`."
        let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw InvalidConfiguration("Invalid configuration value for \(name). \(form)")
        }
        guard JavaText.integer(parts[0], as: Int32.self) != nil else {
            throw InvalidConfiguration("Failed to parse voter ID as an integer from \(parts[0])")
        }
        guard isAddress(parts[1]) else {
            throw InvalidConfiguration(
                "Failed to parse host name from entry \(text) for the configuration \(name). \(form)")
        }
    }

    /// `host:port`; a scheme in front of it is passed over.
    private static func isAddress(_ text: String) -> Bool {
        let rest = text.utf8.lastRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        return AddressText(rest).map { UInt16($0.port) != nil } ?? false
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
