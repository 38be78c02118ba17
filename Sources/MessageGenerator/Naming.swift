// From the schemas' names to Swift's.

enum Naming {
    /// `TransactionalId` -> `transactionalId`, `ISRNodes` -> `isrNodes`, `KRaftVersion` -> `kRaftVersion`: the capitals
    /// at the front are lowered, but for the one that begins the next word.
    static func property(_ name: String) -> String {
        let property = unquotedProperty(name)
        precondition(!locals.contains(property), "a field that is called as a variable of the generated code: \(name)")
        return quoted(property)
    }

    /// What the generated functions call their own variables.
    private static let locals: Set<String> = [
        "r", "w", "v", "f", "fieldTag", "fieldSize", "tagsStart", "tagStart", "tagCount", "unknownTaggedFields",
    ]

    static func unquotedProperty(_ name: String) -> String {
        let characters = Array(name)
        let run = characters.prefix { $0.isUppercase }.count
        let endsInWord = run < characters.count && characters[run].isLetter
        let lowered = run > 1 && endsInWord ? run - 1 : run
        return String(characters[..<lowered]).lowercased() + String(characters[lowered...])
    }

    /// `UNKNOWN_TOPIC_OR_PARTITION` -> `unknownTopicOrPartition`.
    static func member(_ constant: String) -> String {
        let words = constant.lowercased().split(separator: "_")
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return quoted(words[0] + rest.joined())
    }

    private static func quoted(_ name: String) -> String {
        keywords.contains(name) ? "`\(name)`" : name
    }

    private static let keywords: Set<String> = [
        "Any", "Self", "Type", "as", "associatedtype", "await", "break", "case", "catch", "class", "continue",
        "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
        "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator",
        "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct",
        "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]
}
