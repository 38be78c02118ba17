// What is known of one configuration key: the row of a table.

/// One configuration key of Apache Kafka 4.3.1: its type, default, what it allows, and how it may change.
public struct ConfigDefinition: Sendable {
    public let name: String
    public let type: ConfigType
    /// The default as text, in the form DescribeConfigs shows; nil where the default is null.
    public let defaultText: String?
    public let validator: ConfigValidator
    public let importance: ConfigImportance
    public let updateMode: ConfigUpdateMode
    /// Kafka's internal keys can be set but are not listed by DescribeConfigs.
    public let isInternal: Bool

    init(
        _ name: String, _ type: ConfigType, _ defaultText: String?, _ validator: ConfigValidator,
        _ importance: ConfigImportance, _ updateMode: ConfigUpdateMode = .readOnly, isInternal: Bool = false
    ) {
        self.name = name
        self.type = type
        self.defaultText = defaultText
        self.validator = validator
        self.importance = importance
        self.updateMode = updateMode
        self.isInternal = isInternal
    }

    /// The default as a value.
    public var defaultValue: ConfigValue {
        guard let defaultText else { return .null }
        guard let value = try? ConfigValue(parsing: defaultText, as: type, name: name) else {
            preconditionFailure("the default of \(name) does not parse")
        }
        return value
    }

    /// Parses a text and checks it against what the key allows.
    /// - Throws: Kafka's `ConfigException` message.
    public func parse(_ text: String) throws(InvalidConfiguration) -> ConfigValue {
        var value = try ConfigValue(parsing: text, as: type, name: name)
        if case .list(let values) = value, validator.isOfDistinctValues { value = .list(Self.distinct(values)) }
        try validator.check(value, name: name)
        return value
    }

    /// The values without those that were there before, as Kafka reads a list twice of the same.
    private static func distinct(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }
}

/// A list of keys, found by name. They stand in the order in which Kafka defines them: of several bad values Kafka
/// names the first, and its answers, which go through hash maps, keep this order within a bucket.
public struct ConfigTable: Sendable {
    public let definitions: [ConfigDefinition]
    private let positions: [String: Int]

    init(_ groups: [ConfigDefinition]...) {
        let count = groups.reduce(0) { $0 + $1.count }
        var definitions: [ConfigDefinition] = []
        var positions: [String: Int] = [:]
        definitions.reserveCapacity(count)
        positions.reserveCapacity(count)
        for group in groups {
            for definition in group {
                let earlier = positions.updateValue(definitions.count, forKey: definition.name)
                precondition(earlier == nil, "\(definition.name) is defined twice")
                definitions.append(definition)
            }
        }
        self.definitions = definitions
        self.positions = positions
    }

    public subscript(name: String) -> ConfigDefinition? {
        positions[name].map { definitions[$0] }
    }

    public func contains(_ name: String) -> Bool { positions[name] != nil }
}
