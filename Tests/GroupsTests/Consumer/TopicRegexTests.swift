// Regular expressions of consumer groups: what they match, and what is said of those that are none.

import Testing

@testable import Groups

@Suite("Regular expressions of subscriptions")
struct TopicRegexTests {
    @Test(
        "match whole names",
        arguments: [
            ("t.*", "topic", true), ("t.*", "my-topic", false), ("a|b", "b", true), ("a|b", "ab", false),
            ("", "", true), ("", "x", false), ("(?i)ABC", "abc", true), ("(?<n>a)+", "aaa", true),
            (#"\Qa.b\E"#, "a.b", true), (#"\pL+"#, "été", true), ("[^a]", "a", false),
            // The P of a group's name is not put where there is no group.
            (#"\Q(?<n>\E"#, "(?<n>", true), ("[(?<n>]+", "<", true), ("[(?<n>]+", "P", false), ("[]<]", "]", true),
            ("[[:alpha:]<]+", "a<b", true), (#"\é+"#, "éé", true), (#"\(?<"#, "(<", true),
        ])
    func matches(pattern: String, text: String, expected: Bool) throws {
        #expect(try TopicRegex(pattern).matches(text) == expected)
    }

    /// The descriptions are those of re2j 1.8, which Kafka 4.3.1 uses.
    @Test(
        "say what is wrong in Kafka's words",
        arguments: [
            ("(", "missing closing )"), (")", "regexp/syntax: internal error"), ("[", "missing closing ]"),
            ("[z-a]", "invalid character class range"), ("a**", "invalid nested repetition operator"),
            ("a{2,1}", "invalid repeat count"), ("a{1001}", "invalid repeat count"),
            ("(?=x)", "invalid or unsupported Perl syntax"), (#"\8"#, "invalid escape sequence"),
            ("(?P<n", "invalid named capture"), ("\\", "trailing backslash at end of expression"),
            (#"\C"#, "invalid escape sequence"), (#"a\C*"#, "invalid escape sequence"),
            (#"[\C]"#, "invalid escape sequence"), ("(?<n>a)(?<n>b)", "duplicate capture group name"),
            ("(?P<n>a)(?<n>b)", "duplicate capture group name"), ("(?P<名>a)", "invalid named capture"),
            ("*", "missing argument to repetition operator"), (#"\pX"#, "invalid character class range"),
        ])
    func invalid(pattern: String, description: String) {
        #expect(throws: TopicRegex.Invalid(description: description)) { _ = try TopicRegex(pattern) }
    }

    @Test("take time in proportion to the name, whatever the pattern")
    func linear() throws {
        let name = String(repeating: "a", count: 249)
        #expect(try !TopicRegex("(a*)*(a*)*(a*)*b").matches(name))
    }
}
