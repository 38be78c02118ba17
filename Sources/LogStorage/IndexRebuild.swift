// Making the indexes of a segment that is in use anew, from its batches: what is on disk led somewhere else.

import Files
import Records

/// The entries that a segment's batches ask for. Headers are read, and nothing is written; memory is that of the
/// indexes, which `segment.index.bytes` bounds.
struct IndexRebuild {
    let segment: Segment
    /// How often the segment's indexes had been replaced when this began.
    let generation: Int
    private(set) var offsets = OffsetIndex.empty
    private(set) var times = TimeIndex.empty
    private(set) var indexer: BatchIndexer
    /// Up to here the segment was gone over.
    private(set) var position = 0
    private var nextOffset: Int64

    init(_ segment: Segment, intervalBytes: Int) {
        self.segment = segment
        generation = segment.state.withLock { $0.generation }
        indexer = BatchIndexer(baseOffset: segment.baseOffset, intervalBytes: intervalBytes)
        nextOffset = segment.baseOffset
    }

    /// Goes on to the byte `end`, or to the first batch that cannot be; says whether it came to the end.
    mutating func run(to end: Int) throws(FileError) -> Bool {
        guard end > position else { return end == position }
        var scanner = BatchScanner(file: try segment.logFile(), from: position, to: end)
        while let batch = try scanner.next() {
            guard batch.header.baseOffset >= nextOffset, batch.lastOffset >= batch.header.baseOffset,
                segment.canHold(batch.lastOffset)
            else { return false }
            if let entry = indexer.entry(at: batch) {
                offsets.append(entry)
                addTime()
            }
            nextOffset = batch.lastOffset + 1
            position = batch.end
        }
        return position == end
    }

    /// The segment takes no more appends: its largest timestamp gets an entry too.
    mutating func finish() { addTime() }

    private mutating func addTime() {
        times.appendIfLarger(
            indexer.largest.timestampMs, relativeOffset: segment.relative(indexer.largest.offset))
    }
}

extension Segment {
    /// A lookup found that an entry on disk does not lead to the batch that it names. Told once; whoever has the log
    /// builds the index anew. `generation`: that of the indexes when the lookup began.
    func reportDamage(of kind: LogFileKind, generation: Int) {
        let isNew = state.withLock { state in
            guard state.generation == generation, !state.isIndexDamaged else { return false }
            state.isIndexDamaged = true
            return true
        }
        guard isNew else { return }
        directory.environment.observe(
            .warning("\(path(kind)) does not agree with its batches; it is passed over, and built anew"))
        directory.reportDamage(of: self)
    }

    /// Puts new indexes in the place of those in use: in memory at once, then in the files, without a sync. The lock
    /// that keeps others from appending and from renaming the files is held. After a crash in between, the next
    /// lookup finds out.
    func replaceIndexes(_ rebuild: IndexRebuild) throws(FileError) {
        state.withLock { state in
            state.offsetIndex = rebuild.offsets
            state.timeIndex = rebuild.times
            state.maxTimestamp = rebuild.indexer.largest
            state.bytesSinceIndexEntry = rebuild.indexer.bytesSinceEntry(endingAt: rebuild.position)
            state.isIndexDamaged = false
            state.isSynced = false
            state.generation += 1
        }
        for kind in [LogFileKind.offsetIndex, .timeIndex] {
            try directory.fileSystem.open(path(kind), .create).truncate(to: 0)
        }
        try writeIndexes()
    }
}

extension PartitionLog {
    /// Has a segment's indexes built anew in the background.
    func mendLater(_ segment: Segment) {
        environment.worker.run { [weak self] in self?.mendIndexes(of: segment) }
    }

    /// Builds a segment's indexes anew. Appends and reads go on meanwhile: only what came last, and the writing of the
    /// new indexes, happens under the log's locks.
    func mendIndexes(of segment: Segment) {
        do throws(FileError) {
            var rebuild = IndexRebuild(segment, intervalBytes: config.values.indexIntervalBytes)
            _ = try rebuild.run(to: segment.sizeBytes)
            let isMended = try replacing(indexesOf: segment, since: rebuild.generation) { () throws(FileError) in
                try replaceIndexes(&rebuild)
            }
            guard isMended else { return }
            environment.observe(
                .note("\(segment.path(.log)): its indexes were built anew, with \(rebuild.offsets.count) entries"))
        } catch {
            // What is gone needs no index.
            if !error.isNotFound { health.fail(error) }
        }
    }

    /// Runs `replace` under the locks that keep others from appending and from renaming files, unless what the indexes
    /// of `segment` say was replaced or cut since `generation`, or the segment or the log is gone. What is new is
    /// synced after that, but for the active segment's.
    /// - Returns: what `replace` says: whether it did.
    func replacing(
        indexesOf segment: Segment, since generation: Int, _ replace: () throws(FileError) -> Bool
    ) throws(FileError) -> Bool {
        let isReplaced = try structure.withLock { _ throws(FileError) in
            try writer.withLock { writer throws(FileError) in
                let isThere = view.withLock { view in view.segments.contains { $0 === segment } }
                let isAsBefore = segment.state.withLock { $0.generation } == generation
                guard isThere, isAsBefore, !writer.isClosed, health.failure == nil else { return false }
                return try replace()
            }
        }
        if isReplaced && view.withLock({ $0.active }) !== segment { try segment.syncAll() }
        return isReplaced
    }

    private func replaceIndexes(_ rebuild: inout IndexRebuild) throws(FileError) -> Bool {
        let segment = rebuild.segment
        guard try rebuild.run(to: segment.sizeBytes) else {
            // An index may lead to good batches behind a bad one, which a new one could not.
            environment.observe(
                .warning(
                    "\(segment.path(.log)) cannot be gone over beyond byte \(rebuild.position); its indexes stay as they "
                        + "are, and are passed over where they are wrong"))
            return false
        }
        if view.withLock({ $0.active }) !== segment { rebuild.finish() }
        try segment.replaceIndexes(rebuild)
        return true
    }
}
