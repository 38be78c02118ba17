// Finding offsets and timestamps in a segment.

import Files
import Records

extension Segment {
    /// The first batch whose last offset is not before `offset`: where it begins and ends, within the first `limit`
    /// bytes. nil when there is none. Kafka: `LogSegment.translateOffset`.
    func find(_ offset: Int64, limit: Int, _ patience: LookupPatience = .waits) throws(FileError) -> Range<Int>? {
        let size = min(sizeBytes, limit)
        if size == 0 { return nil }
        if let recent = state.withLock({ $0.recent.find(offset, segmentEnd: size) }), recent.upperBound <= size {
            return recent
        }
        let (known, generation) = state.withLock { ($0.found, $0.generation) }
        if let known, known.offset == offset, known.generation == generation, known.place.upperBound <= size {
            return known.place
        }
        let found = try walk(toOffset: offset, limit: size, patience).batch.map { $0.position..<$0.end }
        if let found { state.withLock { $0.found = FoundBatch(offset: offset, place: found, generation: generation) } }
        return found
    }

    /// Whether `find` comes to its end without waiting for the disk; when it did, what it found is told at once by the
    /// next one, wherever the file lies by then. `isThere`: whether it finds something.
    func canFindInMemory(_ offset: Int64) -> (canFind: Bool, isThere: Bool) {
        do throws(FileError) { return (true, try find(offset, limit: sizeBytes, .none) != nil) } catch {
            // What else went wrong comes out again.
            return (false, false)
        }
    }

    /// As `find`, with the batch's header.
    func findBatch(_ offset: Int64, limit: Int) throws(FileError) -> BatchPosition? {
        try walk(toOffset: offset, limit: min(sizeBytes, limit)).batch
    }

    /// The place at which no batch of this segment stands, if that is why `find` finds nothing at `offset`: the file is
    /// damaged there, and what comes after cannot be told from what was cleaned away. Said once.
    func damage(onTheWayTo offset: Int64) throws(FileError) -> Int? {
        let generation = state.withLock { $0.generation }
        guard let position = try walk(toOffset: offset, limit: sizeBytes).damage else { return nil }
        // What was cut off meanwhile looks like damage, too.
        let (isAsBefore, isSaid) = state.withLock { state in
            defer { state.isDamageSaid = true }
            return (state.generation == generation, state.isDamageSaid)
        }
        guard isAsBefore else { return nil }
        if !isSaid {
            directory.environment.observe(
                .warning("\(path(.log)) is damaged: at byte \(position) there is no batch that could be there"))
        }
        return position
    }

    /// The first batch within `limit` bytes whose last offset is not before `offset`, or the place at which the walk to
    /// it comes by something that is no batch, or not one of this place.
    private func walk(
        toOffset offset: Int64, limit: Int, _ patience: LookupPatience = .waits
    ) throws(FileError) -> (batch: BatchPosition?, damage: Int?) {
        var next = baseOffset
        var scanner = BatchScanner(
            file: try logFile(patience), from: try position(atOrBefore: offset, patience), to: limit)
        while let batch = try scanner.next() {
            guard batch.header.baseOffset >= next, batch.lastOffset >= batch.header.baseOffset,
                canHold(batch.lastOffset)
            else { return (nil, batch.position) }
            if batch.lastOffset >= offset { return (batch, nil) }
            next = batch.lastOffset + 1
        }
        return (nil, scanner.position < limit ? scanner.position : nil)
    }

    /// Where a walk has to begin that is to come by `offset`: at the batch the index names, or at 0 when it names none,
    /// or one that does not stand there: then the index is damaged.
    func position(atOrBefore offset: Int64, _ patience: LookupPatience = .waits) throws(FileError) -> Int {
        let generation = state.withLock { $0.generation }
        guard let (entry, isOnDisk) = try indexEntry(atOrBefore: offset, patience), entry.position != 0 else {
            return 0
        }
        if try isPlausible(entry, patience) { return Int(entry.position) }
        // What is in memory was put there just now: its batch may not count yet.
        if isOnDisk { reportDamage(of: .offsetIndex, generation: generation) }
        return 0
    }

    /// Whether an index entry leads to a batch that may stand there.
    private func isPlausible(
        _ entry: OffsetIndexEntry, _ patience: LookupPatience = .waits
    ) throws(FileError) -> Bool {
        guard entry.position >= 0, Int(entry.position) < sizeBytes else { return false }
        var scanner = BatchScanner(file: try logFile(patience), from: Int(entry.position), to: sizeBytes)
        return isPlausible(entry, try scanner.next())
    }

    private func isPlausible(_ entry: OffsetIndexEntry, _ batch: BatchPosition?) -> Bool {
        guard let batch, entry.position >= 0 else { return false }
        return batch.header.baseOffset >= baseOffset
            && batch.header.baseOffset <= baseOffset + Int64(entry.relativeOffset)
    }

    static func firstBatch(
        of scanner: inout BatchScanner, where matches: (BatchPosition) -> Bool
    ) throws(FileError) -> BatchPosition? {
        while let batch = try scanner.next() {
            if matches(batch) { return batch }
        }
        return nil
    }

    /// The offset index's last entry whose offset is not after `offset`, and whether it was read from the file.
    private func indexEntry(
        atOrBefore offset: Int64, _ patience: LookupPatience
    ) throws(FileError) -> (entry: OffsetIndexEntry, isOnDisk: Bool)? {
        if patience == .waits { try readIndexes() }
        let generation = state.withLock { $0.generation }
        let relative = self.relative(offset)
        let isBefore: (OffsetIndexEntry) -> Bool = { $0.relativeOffset <= relative }
        let (found, onDisk) = state.withLock { state in
            (state.offsetIndex.searchBuffered(isBefore), state.offsetIndex.entriesOnDisk ?? 0)
        }
        if let found { return (found.last, false) }
        guard onDisk > 0, let file = try offsetIndexFile(patience) else { return nil }
        let place = try OffsetIndex.search(file, count: onDisk, isBefore)
        if !place.isSorted { reportDamage(of: .offsetIndex, generation: generation) }
        return place.last.map { ($0, true) }
    }

    /// An offset that is certainly not in the first `position` bytes: that of the first index entry at or after
    /// `position`. nil when no entry is, or when the one found is damaged: then there is no bound but the segment's.
    /// Kafka: `OffsetIndex.fetchUpperBoundOffset`.
    func upperBoundOffset(ofPosition position: Int) throws(FileError) -> Int64? {
        try readIndexes()
        let generation = state.withLock { $0.generation }
        let isBefore: (OffsetIndexEntry) -> Bool = { Int($0.position) < position }
        let (found, first, onDisk) = state.withLock { state in
            let index = state.offsetIndex
            return (index.searchBuffered(isBefore), index.buffered.first, index.entriesOnDisk ?? 0)
        }
        if let found { return found.next.map { baseOffset + Int64($0.relativeOffset) } }
        if onDisk > 0, let file = try indexFile(.offsetIndex) {
            let place = try OffsetIndex.search(file, count: onDisk, isBefore)
            // A batch after the bytes in question that begins before the bound: none in them can end after it.
            var isSound = place.isSorted
            if let next = place.next, isSound { isSound = Int(next.position) >= position }
            if let next = place.next, isSound { isSound = try isPlausible(next) }
            guard isSound else {
                reportDamage(of: .offsetIndex, generation: generation)
                return nil
            }
            if let next = place.next { return baseOffset + Int64(next.relativeOffset) }
        }
        return first.map { baseOffset + Int64($0.relativeOffset) }
    }

    /// The time index's last entry whose timestamp is not after `timestampMs`; none when it does not agree with its
    /// batch.
    private func timeIndexEntry(atOrBefore timestampMs: Int64) throws(FileError) -> TimeIndexEntry? {
        try readIndexes()
        let generation = state.withLock { $0.generation }
        let isBefore: (TimeIndexEntry) -> Bool = { $0.timestampMs <= timestampMs }
        let (found, onDisk) = state.withLock { state in
            (state.timeIndex.searchBuffered(isBefore), state.timeIndex.entriesOnDisk ?? 0)
        }
        if let found { return found.last }
        guard onDisk > 0, let file = try indexFile(.timeIndex) else { return nil }
        let place = try TimeIndex.search(file, count: onDisk, isBefore)
        var isSound = place.isSorted
        if let last = place.last, isSound { isSound = try isRight(last) }
        if !isSound { reportDamage(of: .timeIndex, generation: generation) }
        return isSound ? place.last : nil
    }

    /// The first batch from `offset` on that has a timestamp not before `timestampMs`; all batches before it are older.
    func findBatch(withTimestampFrom timestampMs: Int64, offset: Int64) throws(FileError) -> BatchPosition? {
        var indexed = baseOffset
        if let entry = try timeIndexEntry(atOrBefore: timestampMs) {
            indexed += Int64(entry.relativeOffset)
        }
        var scanner = BatchScanner(
            file: try logFile(), from: try position(atOrBefore: max(indexed, offset)), to: sizeBytes)
        return try Self.firstBatch(of: &scanner) { $0.maxTimestamp >= timestampMs && $0.lastOffset >= offset }
    }

    /// Whether the batch that a time index entry names has the timestamp that the entry says. If not, the index is
    /// damaged.
    func isRight(_ entry: TimeIndexEntry) throws(FileError) -> Bool {
        guard entry.relativeOffset >= 0 else { return false }
        return try findBatch(baseOffset + Int64(entry.relativeOffset), limit: sizeBytes)?.maxTimestamp
            == entry.timestampMs
    }

    /// The offset after the last batch. Kafka: `readNextOffset`.
    func readNextOffset() throws(FileError) -> Int64 { try readTail().nextOffset }

    /// Where the last whole batch ends, found by reading from the last index entry on. A batch with offsets that the
    /// segment cannot hold is none.
    func readTail() throws(FileError) -> (nextOffset: Int64, validBytes: Int) {
        guard sizeBytes > 0 else { return (baseOffset, 0) }
        let generation = state.withLock { $0.generation }
        try readIndexes()
        var next = baseOffset
        var end = 0
        var scanner = BatchScanner(file: try logFile(), from: 0, to: sizeBytes)
        if let last = state.withLock({ $0.offsetIndex.last }) {
            var fromLast = BatchScanner(file: try logFile(), from: Int(max(0, last.position)), to: sizeBytes)
            if let batch = try fromLast.next(), isPlausible(last, batch), canHold(batch.lastOffset) {
                next = batch.lastOffset + 1
                end = batch.end
                scanner = fromLast
            } else {
                reportDamage(of: .offsetIndex, generation: generation)
            }
        }
        while let batch = try scanner.next(), canHold(batch.header.baseOffset), canHold(batch.lastOffset) {
            next = batch.lastOffset + 1
            end = batch.end
        }
        return (next, end)
    }
}
