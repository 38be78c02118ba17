// What a topic may be called.

/// The rules for topic names. Kafka: `Topic`.
public enum TopicName {
    public static let groupMetadata = "__consumer_offsets"
    public static let transactionState = "__transaction_state"
    public static let shareGroupState = "__share_group_state"
    public static let clusterMetadata = "__cluster_metadata"

    static let maxLength = 249

    /// Whether Kafka's own coordinators keep their state in the topic.
    public static func isInternal(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: "_")
            && (name == groupMetadata || name == transactionState || name == shareGroupState)
    }

    /// Why `name` cannot be a topic's, in Kafka's words; nil when it can.
    public static func problem(with name: String) -> String? {
        let reason: String
        switch name {
        case "": reason = "the empty string is not allowed"
        case ".": reason = "'.' is not allowed"
        case "..": reason = "'..' is not allowed"
        default:
            // Java counts UTF-16 units.
            if name.utf16.count > maxLength {
                reason = "the length of '\(name)' is longer than the max allowed length \(maxLength)"
            } else if !name.utf8.allSatisfy(isLegal) {
                reason =
                    "'\(name)' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
            } else {
                return nil
            }
        }
        return "Topic name is invalid: \(reason)"
    }

    public static func isValid(_ name: String) -> Bool { problem(with: name) == nil }

    /// Whether the name has one of the two characters that metrics do not tell apart.
    static func hasCollisionCharacters(_ name: String) -> Bool {
        name.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
    }

    /// The name as metrics show it.
    static func metricName(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }

    private static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
