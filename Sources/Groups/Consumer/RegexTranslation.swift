// From the syntax of Kafka's regular expressions (RE2J) to that of RE2: they differ in little.

/// Walks through a pattern and writes it as RE2 wants it, noting what RE2 takes and RE2J does not.
///
/// - A group's name may stand without the P, which older RE2 does not know: `(?<name>…)` becomes `(?P<name>…)`.
/// - A backslash before a letter that is not ASCII says nothing in RE2J, and is an error in RE2: it is left out.
/// - RE2J has no `\C`; two groups may not have one name; names are of ASCII letters, digits and underscores.
struct RegexTranslation {
    private let units: [UInt8]
    private var index = 0
    private var result: [UInt8] = []
    private var names: Set<[UInt8]> = []
    private var refusal: TopicRegex.Invalid?

    static func translate(_ pattern: String) -> (pattern: String, refusal: TopicRegex.Invalid?) {
        // Most patterns have nothing of it.
        guard pattern.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "<") }) else {
            return (pattern, nil)
        }
        var translation = RegexTranslation(units: Array(pattern.utf8))
        translation.result.reserveCapacity(translation.units.count + 8)
        while translation.index < translation.units.count { translation.step() }
        return (String(decoding: translation.result, as: UTF8.self), translation.refusal)
    }

    private init(units: [UInt8]) { self.units = units }

    private mutating func step() {
        switch units[index] {
        case UInt8(ascii: "\\"): escape(isInClass: false)
        case UInt8(ascii: "["): characterClass()
        case UInt8(ascii: "("): group()
        default: copy(1)
        }
    }

    private mutating func copy(_ count: Int) {
        let end = min(index + count, units.count)
        result += units[index..<end]
        index = end
    }

    private func starts(_ text: StaticString, at place: Int) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return place <= units.count && units[place...].starts(with: wanted)
    }

    private mutating func escape(isInClass: Bool) {
        guard index + 1 < units.count else { return copy(1) }
        switch units[index + 1] {
        case UInt8(ascii: "Q") where !isInClass:
            // Everything is itself up to the \E, or to the end.
            copy(2)
            while index < units.count, !starts("\\E", at: index) { copy(1) }
            copy(2)
        case UInt8(ascii: "C") where !isInClass:
            refusal = refusal ?? TopicRegex.Invalid(description: "invalid escape sequence")
            copy(2)
        case 0x80...:
            index += 1
            copy(1)
        default:
            copy(2)
        }
    }

    /// `[…]`: a bracket right at its start is a member of it.
    private mutating func characterClass() {
        copy(1)
        if index < units.count, units[index] == UInt8(ascii: "^") { copy(1) }
        var isFirst = true
        while index < units.count {
            let unit = units[index]
            if unit == UInt8(ascii: "]"), !isFirst { return copy(1) }
            isFirst = false
            if unit == UInt8(ascii: "\\") {
                escape(isInClass: true)
            } else if starts("[:", at: index), let end = endOfNamedClass() {
                copy(end - index)
            } else {
                copy(1)
            }
        }
    }

    /// Where `[:alpha:]` ends, which starts here.
    private func endOfNamedClass() -> Int? {
        var place = index + 2
        while place < units.count {
            if starts(":]", at: place) { return place + 2 }
            place += 1
        }
        return nil
    }

    private mutating func group() {
        copy(1)
        let isShort = starts("?<", at: index)
        guard isShort || starts("?P<", at: index) else { return }
        result += Array("?P<".utf8)
        index += isShort ? 2 : 3
        let name = Array(units[index...].prefix { $0 != UInt8(ascii: ">") })
        guard index + name.count < units.count else { return }
        if !name.allSatisfy(Self.isOfName) {
            refusal = refusal ?? TopicRegex.Invalid(description: "invalid named capture")
        } else if !names.insert(name).inserted {
            refusal = refusal ?? TopicRegex.Invalid(description: "duplicate capture group name")
        }
        copy(name.count + 1)
    }

    private static func isOfName(_ unit: UInt8) -> Bool {
        switch unit {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
