// Java's properties format, as java.util.Properties.load reads it: what a server.properties is written in.
//
//     # comment            ! comment
//     key = value          key: value          key value
//     long.key = first, \
//                second
//     escapes = \t \n \r \f \\ \= \u00e4
//
// Java reads the bytes as ISO 8859-1. Here they are UTF-8 as long as they are valid UTF-8, and ISO 8859-1 otherwise.

/// One entry of a properties file.
public struct PropertyEntry: Sendable, Hashable {
    public var key: String
    public var value: String
    /// The line where the entry begins, the first being 1.
    public var line: Int
}

/// A properties file that cannot be read: the text, and the line.
public struct MalformedProperties: Error, Sendable, Hashable, CustomStringConvertible {
    public let line: Int
    public let reason: String
    public var description: String { "line \(line): \(reason)" }
}

/// Reads the properties format.
public struct PropertiesText {
    private var units: [UInt16]
    private var position = 0
    private var line = 1

    /// The entries in their order; a key may come more than once, and the last one counts.
    /// - Throws: a `\u` without four hexadecimal digits behind it.
    public static func parse(_ bytes: [UInt8]) throws(MalformedProperties) -> [PropertyEntry] {
        var reader = PropertiesText(bytes)
        var entries: [PropertyEntry] = []
        while let (text, start) = reader.nextLogicalLine() {
            entries.append(try Self.entry(text, line: start))
        }
        return entries
    }

    private init(_ bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            units = Array(text.utf16)
        } else {
            units = bytes.map(UInt16.init)
        }
    }

    private static func isBlank(_ unit: UInt16) -> Bool { unit == 0x20 || unit == 0x09 || unit == 0x0C }
    private static func isLineEnd(_ unit: UInt16) -> Bool { unit == 0x0A || unit == 0x0D }

    /// The next line with something on it, with the lines that continue it; escapes are still in it.
    private mutating func nextLogicalLine() -> ([UInt16], Int)? {
        while true {
            skipBlanks()
            guard position < units.count else { return nil }
            if Self.isLineEnd(units[position]) {
                passLineEnd()
            } else if units[position] == 0x23 || units[position] == 0x21 {
                while position < units.count, !Self.isLineEnd(units[position]) { position += 1 }
            } else {
                break
            }
        }
        let start = line
        var text: [UInt16] = []
        var isEscaped = false
        while position < units.count {
            let unit = units[position]
            if Self.isLineEnd(unit) {
                guard isEscaped else { break }
                // The backslash before the line's end takes both away, and the blanks that open the next line.
                text.removeLast()
                passLineEnd()
                skipBlanks()
                isEscaped = false
                continue
            }
            isEscaped = unit == 0x5C ? !isEscaped : false
            text.append(unit)
            position += 1
        }
        if isEscaped { text.removeLast() }
        return (text, start)
    }

    private mutating func skipBlanks() {
        while position < units.count, Self.isBlank(units[position]) { position += 1 }
    }

    /// Passes a line feed, a carriage return, or both.
    private mutating func passLineEnd() {
        if units[position] == 0x0D, position + 1 < units.count, units[position + 1] == 0x0A { position += 1 }
        position += 1
        line += 1
    }

    /// Splits a logical line at the first separator that is not escaped.
    private static func entry(_ text: [UInt16], line: Int) throws(MalformedProperties) -> PropertyEntry {
        func isSign(_ unit: UInt16) -> Bool { unit == 0x3D || unit == 0x3A }
        var end = 0
        while end < text.count, !isBlank(text[end]), !isSign(text[end]) {
            end += text[end] == 0x5C ? 2 : 1
        }
        end = min(end, text.count)
        var start = end
        while start < text.count, isBlank(text[start]) { start += 1 }
        if start < text.count, isSign(text[start]) { start += 1 }
        while start < text.count, isBlank(text[start]) { start += 1 }
        return PropertyEntry(
            key: try unescape(text[..<end], line: line), value: try unescape(text[start...], line: line), line: line)
    }

    private static func unescape(_ text: ArraySlice<UInt16>, line: Int) throws(MalformedProperties) -> String {
        var plain: [UInt16] = []
        var rest = text
        while let unit = rest.popFirst() {
            guard unit == 0x5C, let escaped = rest.popFirst() else {
                if unit != 0x5C { plain.append(unit) }
                continue
            }
            switch escaped {
            case UInt16(UInt8(ascii: "t")): plain.append(0x09)
            case UInt16(UInt8(ascii: "n")): plain.append(0x0A)
            case UInt16(UInt8(ascii: "r")): plain.append(0x0D)
            case UInt16(UInt8(ascii: "f")): plain.append(0x0C)
            case UInt16(UInt8(ascii: "u")):
                let digits = rest.prefix(4)
                guard digits.count == 4,
                    digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar(UInt8($0))).isHexDigit }),
                    let value = UInt16(String(decoding: digits, as: UTF16.self), radix: 16)
                else {
                    throw MalformedProperties(line: line, reason: "\\u wants four hexadecimal digits behind it")
                }
                rest = rest.dropFirst(4)
                plain.append(value)
            default: plain.append(escaped)
            }
        }
        return String(decoding: plain, as: UTF16.self)
    }
}
