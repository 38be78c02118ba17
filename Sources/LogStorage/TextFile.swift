// The small text files of a log directory: reading lines out of bytes that may be anything.

import Bytes

/// Lines and fields of a checkpoint, bytes that are no UTF-8 included.
enum TextFile {
    /// The lines, without their ends and without an empty one after the last.
    static func lines(_ bytes: ByteSlice) -> [Substring] {
        var lines = String(decoding: UnsafeRawBufferPointer(start: bytes.base, count: bytes.count), as: UTF8.self)
            .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    static func fields(_ line: Substring) -> [Substring] {
        line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
    }

    /// Keys and values of a Java properties file, of which what Kafka writes is understood: one a line, `#` and `!`
    /// open a comment, a backslash takes the next character as it is.
    static func properties(_ lines: [Substring]) -> [String: String] {
        var properties: [String: String] = [:]
        for line in lines {
            let text = line.drop { $0 == " " || $0 == "\t" }
            guard let first = text.first, first != "#", first != "!" else { continue }
            var parts = ["", ""]
            var part = 0
            var isEscaped = false
            for character in text {
                if isEscaped {
                    parts[part].append(character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if part == 0 && (character == "=" || character == ":") {
                    part = 1
                } else {
                    parts[part].append(character)
                }
            }
            properties[trimmed(parts[0])] = trimmed(parts[1])
        }
        return properties
    }

    private static func trimmed(_ text: String) -> String {
        fields(Substring(text)).joined(separator: " ")
    }
}
