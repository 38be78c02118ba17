// What a key allows, beyond its type, and what Kafka says when a value is refused (ConfigDef's validators).

/// The check that a key makes of its value.
public enum ConfigValidator: Sendable, Hashable {
    case none
    case atLeast(Int64)
    case between(Int64, Int64)
    /// A DOUBLE between 0 and an upper bound that is no whole number.
    case fraction(upTo: Double)
    /// One of the words, which are written as they stand.
    case oneOf([String])
    /// One of the words in any case; the words are in the order of Kafka's message.
    case oneOfIgnoringCase([String])
    /// A LIST of the words.
    case listOf([String], mayBeEmpty: Bool)
    /// A LIST of anything.
    case distinct(mayBeEmpty: Bool, mayBeNull: Bool)
    case nonEmptyString
    case nonNull
    /// A level of gzip: 1 to 9, or -1 for zlib's own choice.
    case gzipLevel
    /// `*`, or replicas as `partition:broker`.
    case throttledReplicas
    /// `id@host:port`, a list.
    case quorumVoters
    /// `host:port`, a list.
    case hostsAndPorts
    /// `earliest`, `latest` or `by_duration:` and an ISO 8601 duration (KIP-932).
    case shareOffsetReset

    /// - Throws: Kafka's message when `value` is not allowed.
    func check(_ value: ConfigValue, name: String) throws(InvalidConfiguration) {
        switch self {
        case .none:
            return
        case .atLeast(let low):
            try checkRange(value, name: name, low: (Double(low), "\(low)"), high: nil)
        case .between(let low, let high):
            try checkRange(value, name: name, low: (Double(low), "\(low)"), high: (Double(high), "\(high)"))
        case .fraction(let high):
            try checkRange(value, name: name, low: (0, "0"), high: (high, JavaText.text(of: high)))
        case .gzipLevel:
            try checkGzipLevel(value, name: name)
        case .oneOf(let words):
            guard case .string(let word) = value, words.contains(word) else {
                throw refusal(value, name, "String must be one of: " + words.joined(separator: ", "))
            }
        case .oneOfIgnoringCase(let words):
            guard case .string(let word) = value, words.contains(word.uppercased()) else {
                throw refusal(value, name, "String must be one of (case insensitive): " + words.joined(separator: ", "))
            }
        case .nonNull:
            if value == .null { throw refusal(value, name, "entry must be non null") }
        case .nonEmptyString:
            if value == .string("") { throw refusal(value, name, "String must be non-empty") }
        case .shareOffsetReset:
            try checkShareOffsetReset(value, name: name)
        case .listOf, .distinct, .throttledReplicas, .quorumVoters, .hostsAndPorts:
            try checkList(value, name: name)
        }
    }

    private func checkRange(
        _ value: ConfigValue, name: String, low: (Double, String), high: (Double, String)?
    ) throws(InvalidConfiguration) {
        guard let number = value.number else { throw refusal(value, name, "Value must be non-null") }
        if number < low.0 { throw refusal(value, name, "Value must be at least \(low.1)") }
        if let high, number > high.0 { throw refusal(value, name, "Value must be no more than \(high.1)") }
    }

    private func checkGzipLevel(_ value: ConfigValue, name: String) throws(InvalidConfiguration) {
        guard let level = value.number else { throw refusal(value, name, "Value must be non-null") }
        if level == -1 || (1...9).contains(level) { return }
        throw refusal(value, name, "Value must be between 1 and 9 or equal to -1")
    }

    /// Whether a value that a list has twice counts once.
    var isOfDistinctValues: Bool {
        switch self {
        case .listOf, .distinct: true
        default: false
        }
    }

    func refusal(_ value: ConfigValue, _ name: String, _ reason: String) -> InvalidConfiguration {
        InvalidConfiguration(name: name, value: value.quoted, reason: reason)
    }
}

extension ConfigValue {
    /// A number of any of the four types, as the range checks see it.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .short(let value): Double(value)
        case .long(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
