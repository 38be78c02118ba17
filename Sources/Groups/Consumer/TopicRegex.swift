// A regular expression by which a consumer group is subscribed to topics: RE2's syntax.

import CRegex

/// A compiled regular expression. It matches in time linear in the text, whatever the pattern.
struct TopicRegex: ~Copyable {
    /// The pattern is not valid; the text is that of Kafka's library for the same fault.
    struct Invalid: Error, Equatable {
        let description: String
    }

    private let compiled: OpaquePointer

    init(_ pattern: String) throws(Invalid) {
        let (translated, refusal) = RegexTranslation.translate(pattern)
        var fault = MARTLET_REGEX_FINE
        let compiled = translated.withCStringAndCount {
            martlet_regex_compile($0, $1, &fault)
        }
        guard let compiled else { throw Invalid(description: Self.describe(fault)) }
        if let refusal {
            martlet_regex_free(compiled)
            throw refusal
        }
        self.compiled = compiled
    }

    deinit { martlet_regex_free(compiled) }

    /// Whether all of the text matches.
    func matches(_ text: String) -> Bool {
        text.withCStringAndCount { martlet_regex_matches(compiled, $0, $1) }
    }

    private static func describe(_ fault: martlet_regex_fault) -> String {
        switch fault {
        case MARTLET_REGEX_BAD_ESCAPE: "invalid escape sequence"
        case MARTLET_REGEX_BAD_CHARACTER_CLASS: "invalid character class range"
        case MARTLET_REGEX_MISSING_BRACKET: "missing closing ]"
        case MARTLET_REGEX_MISSING_PARENTHESIS: "missing closing )"
        case MARTLET_REGEX_TRAILING_BACKSLASH: "trailing backslash at end of expression"
        case MARTLET_REGEX_NOTHING_TO_REPEAT: "missing argument to repetition operator"
        case MARTLET_REGEX_BAD_REPEAT_COUNT: "invalid repeat count"
        case MARTLET_REGEX_NESTED_REPEAT: "invalid nested repetition operator"
        case MARTLET_REGEX_BAD_PERL_SYNTAX: "invalid or unsupported Perl syntax"
        case MARTLET_REGEX_BAD_NAME: "invalid named capture"
        case MARTLET_REGEX_BAD_UTF8: "invalid UTF-8"
        case MARTLET_REGEX_TOO_LARGE: "expression too large"
        default: "regexp/syntax: internal error"
        }
    }
}

extension String {
    /// The text's UTF-8 and how many bytes it has.
    fileprivate func withCStringAndCount<Result>(_ body: (UnsafePointer<CChar>, Int) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { bytes in
            // An empty text may have no address; any will do for no bytes.
            bytes.withMemoryRebound(to: CChar.self) { characters in
                if let base = characters.baseAddress { return body(base, characters.count) }
                return withUnsafePointer(to: CChar(0)) { body($0, 0) }
            }
        }
    }
}
