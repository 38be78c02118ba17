// Cleans one log once: of each key the last record stays.
//
// Two passes. The first reads the dirty part and notes the last offset of every key, as many as the map may hold. The
// second reads the log from its start to where the map ends, a group of segments at a time, and writes a segment
// without the records that a later one of the same key replaces; that takes the group's place.

import Bytes
import Files
import Records
import Synchronization

/// One cleaning; used by one thread. Kafka: `Cleaner`.
final class Cleaner {
    let log: PartitionLog
    let plan: CleaningPlan
    /// The log's when the cleaning began.
    let segments: [Segment]
    let config: LogConfig
    let throttle: CleanerThrottle
    let nowMs: Int64
    let readBuffer: ByteStorage
    let writeBuffer: ByteStorage
    var keys: DirtyKeys
    var transactions = CleanedTransactions()
    /// Whether the first pass met any.
    private var hasTransactions = false
    var stats = CleaningStats()
    /// See `keepsTombstones(of:)`.
    private(set) var legacyHorizonMs: Int64?
    /// Reused for every batch.
    var kept = KeptRecords()

    /// What a cleaning comes to.
    struct Result {
        /// Records before it are clean now.
        let endOffset: Int64
        let stats: CleaningStats
    }

    /// Cleans as much of the log as the map can hold the keys of.
    static func clean(
        _ log: PartitionLog, _ plan: CleaningPlan, _ settings: CleanerSettings, throttle: CleanerThrottle
    ) throws(CleaningError) -> Result {
        let cleaner = Cleaner(log, plan, settings, throttle: throttle)
        cleaner.legacyHorizonMs = try cleaner.readLegacyHorizon()
        try cleaner.buildMap()
        let end = cleaner.keys.latestOffset + 1
        try cleaner.clean(try cleaner.groups(upTo: end))
        cleaner.stats.keys = cleaner.keys.count
        return Result(endOffset: end, stats: cleaner.stats)
    }

    private init(
        _ log: PartitionLog, _ plan: CleaningPlan, _ settings: CleanerSettings, throttle: CleanerThrottle
    ) {
        self.log = log
        self.plan = plan
        self.throttle = throttle
        let (segments, config) = log.view.withLock { ($0.segments, $0.config.values) }
        self.segments = segments
        self.config = config
        nowMs = log.environment.now()
        readBuffer = ByteStorage(capacityBytes: settings.ioBufferBytesPerThread)
        writeBuffer = ByteStorage(capacityBytes: settings.ioBufferBytesPerThread)
        keys = DirtyKeys(from: plan.firstDirtyOffset, to: plan.firstUncleanableOffset, settings)
    }

    // MARK: The last offset of every key

    private func buildMap() throws(CleaningError) {
        let end = plan.firstUncleanableOffset
        let dirty = Array(PartitionLog.slice(segments, from: plan.firstDirtyOffset, to: end))
        var transactions = CleanedTransactions()
        transactions.add(try abortedTransactions(from: plan.firstDirtyOffset, to: end))
        // Without a record before the end, all of it was looked at all the same.
        keys.didRead(upTo: plan.firstDirtyOffset - 1)
        for (slot, segment) in dirty.enumerated() {
            guard try addKeys(of: segment, &transactions) else { return }
            keys.didRead(upTo: (slot + 1 < dirty.count ? dirty[slot + 1].baseOffset : end) - 1)
        }
    }

    /// Puts a segment's keys into the map; false when that is full. Records of aborted transactions replace nothing.
    private func addKeys(of segment: Segment, _ transactions: inout CleanedTransactions) throws(CleaningError) -> Bool {
        var batches = try open(segment, from: plan.firstDirtyOffset)
        while let batch = try batches.next() {
            guard segment.canHold(batch.lastOffset) else {
                throw .damaged(at: batch.lastOffset, in: segment, "it is beyond what a segment can hold")
            }
            do throws(RecordFault) {
                guard try addKeys(of: batch, &transactions) else { return false }
            } catch {
                throw .damaged(at: batch.lastOffset, in: segment, error.description)
            }
            if batch.lastOffset >= plan.firstDirtyOffset { keys.didRead(upTo: batch.lastOffset) }
        }
        return true
    }

    private func addKeys(
        of batch: CleaningBatch, _ transactions: inout CleanedTransactions
    ) throws(RecordFault) -> Bool {
        switch batch {
        case .legacy(let batch): return try keys.add(batch)
        case .current(let batch):
            if batch.isTransactional { hasTransactions = true }
            if batch.isControl {
                _ = try transactions.take(control: batch)
                return true
            }
            return try transactions.take(batch) ? true : keys.add(batch)
        }
    }

    /// What takes a record's place is on disk before the record goes: otherwise a crash could take both. So is what
    /// ended the transactions that were met, up to the high watermark: otherwise a crash could open one again of which
    /// the data is gone, or whose data made other records go. Begun while the segments are written, waited for before
    /// the first of them takes its place.
    func syncWhatReplaces() -> WorkAside {
        let end = max(plan.firstUncleanableOffset, hasTransactions ? log.highWatermark : 0)
        return WorkAside(threads: log.environment.parallelism) { [log] () throws(CleaningError) in
            do throws(LogError) {
                try log.flush(upTo: end, snapshot: nil)
            } catch {
                if case .storage(let failure) = error { throw .storage(failure) }
                throw .cancelled
            }
        }
    }

    // MARK: What both passes need

    func open(_ segment: Segment, from offset: Int64) throws(CleaningError) -> CleaningBatches {
        do throws(FileError) {
            var position = 0
            if offset > segment.baseOffset, let batch = try segment.find(offset, limit: segment.sizeBytes) {
                position = batch.lowerBound
            }
            return try CleaningBatches(segment, from: position, buffer: readBuffer, throttle: throttle)
        } catch {
            throw .storage(error)
        }
    }

    /// The aborted transactions with records at `start ..< end`.
    func abortedTransactions(from start: Int64, to end: Int64) throws(CleaningError) -> [AbortedTxn] {
        guard start < end else { return [] }
        var found: [AbortedTxn] = []
        do throws(FileError) {
            for segment in segments[(LogView.floor(start, in: segments) ?? 0)...] {
                let (transactions, isComplete) = try segment.abortedTransactions(from: start, to: end)
                found += transactions
                if isComplete { break }
            }
        } catch {
            throw .storage(error)
        }
        return found
    }
}
