// How Java reads and writes numbers and lists as text. Kafka's configuration texts mean what Java makes of them.

import Glibc

/// Java's rules for texts: trimming, numbers, lists.
enum JavaText {
    /// `String.trim`: cuts off every character up to U+0020 at both ends.
    static func trim(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { $0.value > 0x20 }) else { return "" }
        guard let last = scalars.lastIndex(where: { $0.value > 0x20 }) else { return "" }
        if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return text }
        return String(scalars[first...last])
    }

    /// `Integer.parseInt` and its like: an optional sign and decimal digits, nothing else.
    static func integer<Number: FixedWidthInteger>(_ text: String, as type: Number.Type) -> Number? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D }) else { return nil }
        return Number(text, radix: 10)
    }

    /// `Double.parseDouble`: decimal or hexadecimal, a type suffix, or NaN and Infinity by name.
    static func double(_ text: String) -> Double? {
        var body = Substring(text)
        var isNegative = false
        if let sign = body.first, sign == "+" || sign == "-" {
            isNegative = sign == "-"
            body = body.dropFirst()
        }
        if body == "NaN" { return .nan }
        if body == "Infinity" { return isNegative ? -.infinity : .infinity }
        let isHexadecimal = body.hasPrefix("0x") || body.hasPrefix("0X")
        if let last = body.last, "dDfF".contains(last), !isHexadecimal || body.contains(where: { "pP".contains($0) }) {
            body = body.dropLast()
        }
        guard let first = body.utf8.first, first == 0x2E || (0x30...0x39).contains(first) else { return nil }
        if isHexadecimal && !body.contains(where: { "pP".contains($0) }) { return nil }
        let copy = String(body)
        let parsed: Double? = copy.withCString { start in
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(start, &end)
            return end.map { UnsafePointer($0) == start + copy.utf8.count } == true ? value : nil
        }
        return parsed.map { isNegative ? -$0 : $0 }
    }

    /// `Double.toString`: plain between 0.001 and 10 million, with an exponent outside.
    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let sign = value.sign == .minus ? "-" : ""
        if value == 0 { return sign + "0.0" }
        var (digits, exponent) = shortestDigits(value.magnitude)
        if (1e-3..<1e7).contains(value.magnitude) {
            if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
            if digits.count <= exponent + 1 { digits += String(repeating: "0", count: exponent + 2 - digits.count) }
            let point = digits.index(digits.startIndex, offsetBy: exponent + 1)
            return sign + digits[..<point] + "." + digits[point...]
        }
        let fraction = digits.dropFirst()
        return sign + digits.prefix(1) + "." + (fraction.isEmpty ? "0" : fraction) + "E\(exponent)"
    }

    /// The fewest decimal digits that name a positive number, and the power of ten of the first of them.
    private static func shortestDigits(_ value: Double) -> (String, Int) {
        var mantissa = Substring(value.description)
        var exponent = 0
        if let mark = mantissa.firstIndex(of: "e") {
            exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
            mantissa = mantissa[..<mark]
        }
        let whole = mantissa.prefix { $0 != "." }
        exponent += whole.count - 1
        var digits = mantissa.filter { $0 != "." }
        while digits.count > 1, digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return (digits, exponent)
    }

    /// A LIST: split at each comma with the white space around it; an empty text is an empty list.
    static func commaSeparated(_ trimmed: String) -> [String] {
        guard !trimmed.isEmpty else { return [] }
        return trimmed.split(separator: ",", omittingEmptySubsequences: false).map { trimWhiteSpace($0) }
    }

    /// Cuts off what `\s` matches in a Java pattern: space, tab, line feed, vertical tab, form feed, carriage return.
    private static func trimWhiteSpace(_ text: Substring) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value) }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }) else { return "" }
        guard let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(scalars[first...last])
    }

    /// `String.hashCode`: over the UTF-16 units.
    static func hashCode(_ text: String) -> Int32 {
        text.utf16.reduce(Int32(0)) { $0 &* 31 &+ Int32($1) }
    }
}
