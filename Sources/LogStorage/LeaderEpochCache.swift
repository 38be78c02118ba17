// Which leader epoch began at which offset. Kafka: `LeaderEpochFileCache`, and `leader-epoch-checkpoint`, whose entries
// are `epoch startOffset`.

/// The epochs of a log's batches, and where each began; both grow.
struct LeaderEpochCache: Sendable, Equatable {
    static let fileName = "leader-epoch-checkpoint"

    struct Entry: Hashable, Sendable {
        let epoch: Int32
        let startOffset: Int64
    }

    private(set) var entries: [Entry] = []

    init(_ entries: [Entry] = []) {
        for entry in entries { _ = assign(entry.epoch, startOffset: entry.startOffset) }
    }

    var latest: Entry? { entries.last }
    var earliest: Entry? { entries.first }

    /// `epoch` begins at `startOffset`. Entries that contradict it go. False when nothing changed.
    mutating func assign(_ epoch: Int32, startOffset: Int64) -> Bool {
        guard epoch >= 0, startOffset >= 0 else { return false }
        if let last = entries.last, epoch == last.epoch, startOffset >= last.startOffset { return false }
        while let last = entries.last, last.epoch >= epoch || last.startOffset >= startOffset { entries.removeLast() }
        entries.append(Entry(epoch: epoch, startOffset: startOffset))
        return true
    }

    /// The largest epoch not above `epoch`, and where its records end; nil when nothing is known of it. An epoch before
    /// the first known ends where that begins; so do the negative ones, all but -1, which stands for none.
    func endOffset(for epoch: Int32, logEndOffset: Int64) -> EpochEndOffset? {
        guard epoch != -1 else { return nil }
        if epoch == entries.last?.epoch { return EpochEndOffset(leaderEpoch: epoch, endOffset: logEndOffset) }
        guard let higher = entries.firstIndex(where: { $0.epoch > epoch }) else { return nil }
        let end = entries[higher].startOffset
        if higher == 0 { return EpochEndOffset(leaderEpoch: epoch, endOffset: end) }
        return EpochEndOffset(leaderEpoch: entries[higher - 1].epoch, endOffset: end)
    }

    /// The epoch of the record at `offset`; nil before the first known.
    func epoch(for offset: Int64) -> Int32? {
        entries.last { $0.startOffset <= offset }?.epoch
    }

    /// Forgets epochs that begin at `endOffset` or after it. False when there were none.
    mutating func truncateFromEnd(_ endOffset: Int64) -> Bool {
        guard endOffset >= 0 else { return false }
        let before = entries.count
        while let last = entries.last, last.startOffset >= endOffset { entries.removeLast() }
        return entries.count != before
    }

    /// Forgets epochs that ended before `startOffset`; the one that holds it begins there. False when nothing changed.
    mutating func truncateFromStart(_ startOffset: Int64) -> Bool {
        guard let holding = entries.lastIndex(where: { $0.startOffset <= startOffset }) else { return false }
        let updated = Entry(epoch: entries[holding].epoch, startOffset: startOffset)
        if holding == 0 && entries[0] == updated { return false }
        entries.replaceSubrange(...holding, with: [updated])
        return true
    }

    mutating func removeAll() {
        entries.removeAll()
    }
}
