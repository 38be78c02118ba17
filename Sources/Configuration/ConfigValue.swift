// A configuration value, parsed from its text and shown again, as Kafka's ConfigDef.parseType and convertToString do.

/// A typed configuration value.
public enum ConfigValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A STRING, CLASS or PASSWORD.
    case string(String)
    case int(Int32)
    case short(Int16)
    case long(Int64)
    case double(Double)
    case list([String])

    /// Parses a text as a value of `type`. Spaces around it are cut off, as Java's `String.trim` does.
    /// - Throws: Kafka's message when the text is no value of the type.
    public init(parsing text: String, as type: ConfigType, name: String) throws(InvalidConfiguration) {
        let trimmed = JavaText.trim(text)
        func notANumber() -> InvalidConfiguration {
            InvalidConfiguration(name: name, value: text, reason: "Not a number of type \(type.name)")
        }
        switch type {
        case .boolean:
            switch trimmed.lowercased() {
            case "true": self = .boolean(true)
            case "false": self = .boolean(false)
            default:
                throw InvalidConfiguration(
                    name: name, value: text, reason: "Expected value to be either true or false")
            }
        case .string, .class, .password, .unknown:
            self = .string(trimmed)
        case .int:
            guard let number = JavaText.integer(trimmed, as: Int32.self) else { throw notANumber() }
            self = .int(number)
        case .short:
            guard let number = JavaText.integer(trimmed, as: Int16.self) else { throw notANumber() }
            self = .short(number)
        case .long:
            guard let number = JavaText.integer(trimmed, as: Int64.self) else { throw notANumber() }
            self = .long(number)
        case .double:
            guard let number = JavaText.double(trimmed) else { throw notANumber() }
            self = .double(number)
        case .list:
            self = .list(JavaText.commaSeparated(trimmed))
        }
    }

    /// The value as DescribeConfigs shows it; nil for null.
    public var text: String? {
        switch self {
        case .null: nil
        case .boolean(let value): value ? "true" : "false"
        case .string(let value): value
        case .int(let value): String(value)
        case .short(let value): String(value)
        case .long(let value): String(value)
        case .double(let value): JavaText.text(of: value)
        case .list(let values): values.joined(separator: ",")
        }
    }

    /// The value as a Kafka message quotes it: a list stands in brackets, null is a word.
    var quoted: String {
        switch self {
        case .list(let values): "[" + values.joined(separator: ", ") + "]"
        default: text ?? "null"
        }
    }
}
