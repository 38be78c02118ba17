// The ISO 8601 durations that java.time.Duration.parse reads: PnDTnHnMn.nS.

/// A duration as `java.time.Duration.parse` reads it, in milliseconds.
struct JavaDuration: Hashable {
    let milliseconds: Int64
    var isNegative: Bool { milliseconds < 0 }

    init?(_ text: some StringProtocol) {
        var rest = Substring(text).uppercased()[...]
        var sign: Int64 = 1
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        guard rest.first == "P" else { return nil }
        rest = rest.dropFirst()
        var units: [(Character, Int64)] = [("D", 86_400_000), ("T", 0), ("H", 3_600_000), ("M", 60_000), ("S", 1000)]
        var total: Int64 = 0
        var parts = 0
        var isInTime = false
        while !rest.isEmpty {
            if rest.first == "T" {
                guard !isInTime else { return nil }
                isInTime = true
                units.removeAll { $0.0 == "D" || $0.0 == "T" }
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
                continue
            }
            let number = rest.prefix { $0.isNumber || $0 == "-" || $0 == "+" || $0 == "." }
            rest = rest.dropFirst(number.count)
            guard let letter = rest.popFirst(), letter == "D" || isInTime,
                let position = units.firstIndex(where: { $0.0 == letter }),
                let amount = Self.amount(number, unit: units[position].1, isSeconds: letter == "S")
            else { return nil }
            units.removeFirst(position + (letter == "D" ? 0 : 1))
            if letter == "D" { units.removeAll { $0.0 == "D" } }
            let (sum, overflow) = total.addingReportingOverflow(amount)
            guard !overflow else { return nil }
            total = sum
            parts += 1
        }
        guard parts > 0 else { return nil }
        milliseconds = sign * total
    }

    /// A whole number of units; seconds may have up to nine decimals.
    private static func amount(_ number: Substring, unit: Int64, isSeconds: Bool) -> Int64? {
        let pieces = number.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= (isSeconds ? 2 : 1), let whole = Int64(pieces[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        guard pieces.count == 2 else { return product }
        guard pieces[1].count <= 9, pieces[1].allSatisfy(\.isNumber) else { return nil }
        let thousandths = Int64(pieces[1].prefix(3) + String(repeating: "0", count: max(0, 3 - pieces[1].count))) ?? 0
        let signed = pieces[0].hasPrefix("-") ? -thousandths : thousandths
        let (sum, carried) = product.addingReportingOverflow(signed)
        return carried ? nil : sum
    }
}
