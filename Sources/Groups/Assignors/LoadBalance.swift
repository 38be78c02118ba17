// The members that have least and those that have most, while partitions go from these to those.

/// The subscribers of a topic in the order of their loads, and two ranges of them:
///
/// ```
///           ^ least         most       ▄▄ these have nothing
/// partitions│ loaded        loaded  ┌─►██ of the topic to give
///           │ ┌──────┐    ▄▄┌──────┐▄▄▄██
///           │ │      │▄▄▄▄██│▄▄▄▄▄▄│█████
///           │ │▄▄▄▄▄▄│██████│██████│█████
///           └─┴──────┴──────┴──────┴──────► members
/// ```
///
/// Members of the left range get a partition each in turn; when all have, the range's level rises by one, and it
/// takes in those next to it that are at that level already. The right range is the mirror of it.
struct LoadBalance {
    private var sorted: [Int]
    private var leastEnd = 0
    private var leastLevel: Int
    private var nextLeast = 0
    private var mostStart: Int
    private var mostEnd: Int
    private var mostLevel: Int
    private var nextMost: Int
    /// How far the loads are apart at the beginning.
    let imbalance: Int

    /// - Precondition: there is a member.
    init(_ members: [Int], loads: [Int]) {
        precondition(!members.isEmpty, "nobody to balance")
        sorted = members.sorted { (loads[$0], $0) < (loads[$1], $1) }
        let least = loads[sorted[0]], most = loads[sorted[sorted.count - 1]]
        leastLevel = least - 1
        mostLevel = most + 1
        mostStart = sorted.count
        mostEnd = sorted.count
        nextMost = sorted.count - 1
        imbalance = most - least
    }

    /// The levels of the two ranges are so near that moving a partition would gain nothing.
    var isBalanced: Bool { mostLevel - leastLevel <= 1 }

    /// The member to give the next partition to; it is taken that it gets one.
    mutating func nextLeastLoaded(loads: [Int]) -> Int {
        if nextLeast >= leastEnd {
            leastLevel += 1
            while leastEnd < sorted.count && loads[sorted[leastEnd]] == leastLevel { leastEnd += 1 }
            nextLeast = 0
        }
        defer { nextLeast += 1 }
        return sorted[nextLeast]
    }

    /// The member to take the next partition from, nil when none has any to give; it is taken that it gives one.
    mutating func nextMostLoaded(loads: [Int]) -> Int? {
        if nextMost < mostStart {
            if mostEnd <= mostStart && mostStart > 0 {
                // All of the range were excluded: it starts again at the level of those next to it.
                mostLevel = loads[sorted[mostStart - 1]]
            } else {
                mostLevel -= 1
            }
            while mostStart > 0 && loads[sorted[mostStart - 1]] == mostLevel { mostStart -= 1 }
            nextMost = mostEnd - 1
        }
        guard nextMost >= 0 else { return nil }
        defer { nextMost -= 1 }
        return sorted[nextMost]
    }

    /// The member last given by `nextMostLoaded` has nothing to give: it is not asked again.
    mutating func excludeMostLoaded() {
        sorted.swapAt(nextMost + 1, mostEnd - 1)
        mostEnd -= 1
    }
}
