// Versions as schemas write them: "3", "3-7", "3+", "none".

/// A range of versions without gaps; `none` holds no version.
struct VersionRange: Equatable, Decodable {
    let lowest: Int
    let highest: Int

    static let none = VersionRange(lowest: 0, highest: -1)

    init(lowest: Int, highest: Int) {
        self.lowest = lowest
        self.highest = highest
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let range = VersionRange(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no versions: \(text)")
        }
        self = range
    }

    init?(_ text: String) {
        if text == "none" {
            self = .none
            return
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        if bounds.count == 2, let low = Int(bounds[0]), let high = Int(bounds[1]) {
            self.init(lowest: low, highest: high)
        } else if text.hasSuffix("+"), let low = Int(text.dropLast()) {
            self.init(lowest: low, highest: Int(Int16.max))
        } else if let only = Int(text) {
            self.init(lowest: only, highest: only)
        } else {
            return nil
        }
    }

    var isEmpty: Bool { highest < lowest }

    func intersection(_ other: VersionRange) -> VersionRange {
        let both = VersionRange(lowest: max(lowest, other.lowest), highest: min(highest, other.highest))
        return both.isEmpty ? .none : both
    }

    func contains(_ other: VersionRange) -> Bool {
        other.isEmpty || (lowest <= other.lowest && highest >= other.highest)
    }

    /// The versions of this range that are not in `other`, which must lie at one of its ends.
    func subtracting(_ other: VersionRange) -> VersionRange {
        let common = intersection(other)
        if common.isEmpty { return self }
        if common == self { return .none }
        if common.highest == highest { return VersionRange(lowest: lowest, highest: common.lowest - 1) }
        precondition(common.lowest == lowest, "versions with a gap")
        return VersionRange(lowest: common.highest + 1, highest: highest)
    }

    /// The versions that `current` can be, told from each other: which of them are in this range?
    func membership(of current: VersionRange) -> Membership {
        let common = intersection(current)
        if common.isEmpty { return .never }
        if common == current { return .always }
        if common.highest == current.highest { return .when("v >= \(common.lowest)") }
        if common.lowest == current.lowest { return .when("v <= \(common.highest)") }
        if common.lowest == common.highest { return .when("v == \(common.lowest)") }
        return .when("v >= \(common.lowest) && v <= \(common.highest)")
    }

    enum Membership: Equatable {
        case always
        case never
        /// A Swift condition over `v`.
        case when(String)

        /// The condition as an argument.
        var expression: String {
            switch self {
            case .always: "true"
            case .never: "false"
            case .when(let condition): condition
            }
        }
    }

    /// A Swift expression of type `ClosedRange<Int16>?`.
    var swift: String { isEmpty ? "nil" : "\(lowest)...\(highest)" }
}
