// Which records of the dirty part have a later one of the same key: a bit for each offset.
//
// The first pass learns it by the way, as it puts the keys into the map. The second then needs to look no key of that
// part up again, and of a batch whose records all have one it reads the header alone.

/// The offsets from where the dirty part begins, as many as 4 MiB have bits for; those beyond are not known of.
struct ReplacedRecords {
    private static let mostWords = 4 << 20 / 8

    private let start: Int64
    /// How many offsets from `start` on there are bits for.
    private let count: UInt64
    private var bits: [UInt64]

    /// For the offsets `start ..< end`.
    init(from start: Int64, to end: Int64) {
        let wanted = end > start ? UInt64(bitPattern: end &- start) : 0
        let words = Int(min((wanted &+ 63) / 64, UInt64(Self.mostWords)))
        self.start = start
        count = min(wanted, UInt64(words) * 64)
        bits = [UInt64](repeating: 0, count: words)
    }

    /// Whether it is known of a record at `offset` if one of its key comes later.
    func covers(_ offset: Int64) -> Bool { UInt64(bitPattern: offset &- start) < count }

    func contains(_ offset: Int64) -> Bool {
        let place = UInt64(bitPattern: offset &- start)
        return place < count && bits[Int(place >> 6)] & 1 << (place & 63) != 0
    }

    mutating func insert(_ offset: Int64) {
        let place = UInt64(bitPattern: offset &- start)
        if place < count { bits[Int(place >> 6)] |= 1 << (place & 63) }
    }

    /// Whether there is a later record for each of the offsets `first ... last`.
    func containsAll(_ first: Int64, through last: Int64) -> Bool {
        guard first <= last, covers(first), covers(last) else { return false }
        let from = UInt64(bitPattern: first &- start)
        let to = UInt64(bitPattern: last &- start)
        var place = from
        while place <= to {
            // The part of the word from `place` on, no farther than to the last.
            let used = min(63 - place & 63, to - place) + 1
            let mask = (used == 64 ? UInt64.max : (1 << used) - 1) << (place & 63)
            guard bits[Int(place >> 6)] & mask == mask else { return false }
            place += used
        }
        return true
    }
}
