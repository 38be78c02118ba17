// The connections of a loop in the order of their last activity, as Kafka's IdleExpiryManager keeps them.

/// A doubly linked list through slot numbers: moving a connection to the recent end, at each of its events, is a few
/// stores into one array and touches no reference count.
struct LeastRecentlyActive {
    private struct Entry {
        var lastActiveMs: Int64 = 0
        var older = none
        var newer = none
    }

    private static let none: Int32 = -1

    /// By slot.
    private var entries: ContiguousArray<Entry> = []
    private var oldestSlot = none
    private var newestSlot = none
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The slot that was inactive for longest, and since when.
    var oldest: (slot: Int, lastActiveMs: Int64)? {
        oldestSlot == Self.none ? nil : (Int(oldestSlot), entries[Int(oldestSlot)].lastActiveMs)
    }

    mutating func insert(_ slot: Int, nowMs: Int64) {
        while entries.count <= slot { entries.append(Entry()) }
        count += 1
        linkNewest(Int32(slot), nowMs: nowMs)
    }

    mutating func touch(_ slot: Int, nowMs: Int64) {
        if newestSlot == Int32(slot) {
            entries[slot].lastActiveMs = nowMs
            return
        }
        unlink(Int32(slot))
        linkNewest(Int32(slot), nowMs: nowMs)
    }

    mutating func remove(_ slot: Int) {
        count -= 1
        unlink(Int32(slot))
    }

    private mutating func linkNewest(_ slot: Int32, nowMs: Int64) {
        entries[Int(slot)] = Entry(lastActiveMs: nowMs, older: newestSlot, newer: Self.none)
        if newestSlot == Self.none {
            oldestSlot = slot
        } else {
            entries[Int(newestSlot)].newer = slot
        }
        newestSlot = slot
    }

    private mutating func unlink(_ slot: Int32) {
        let entry = entries[Int(slot)]
        if entry.older == Self.none { oldestSlot = entry.newer } else { entries[Int(entry.older)].newer = entry.newer }
        if entry.newer == Self.none { newestSlot = entry.older } else { entries[Int(entry.newer)].older = entry.older }
    }

    /// All slots, the least recently active first.
    var slots: [Int] {
        var result: [Int] = []
        result.reserveCapacity(count)
        var slot = oldestSlot
        while slot != Self.none {
            result.append(Int(slot))
            slot = entries[Int(slot)].newer
        }
        return result
    }
}
