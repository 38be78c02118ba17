// What a log must hold, by what its writer was told: the model that a simulation compares a log with.

import Bytes
import Records
import Testing

@testable import LogStorage

/// A batch in a log, and what the model has in its place.
struct FoundBatch {
    var model: ModelBatch
    let batch: RecordBatch
}

/// A transaction in one partition.
struct ModelTransaction: Hashable {
    let producerId: Int64
    let firstOffset: Int64
}

/// One partition as its writer knows it.
struct ModelLog {
    let isCompacted: Bool
    /// All that was appended since the log was made, in order; the last one may have been cut short by a crash.
    var batches: [ModelBatch] = []
    /// By producer, where it begins.
    var openTransactions: [Int64: Int64] = [:]
    /// How transactions end: their coordinator does not change its mind when the marker is lost.
    var decisions: [ModelTransaction: Bool] = [:]
    /// The log start offset that was asked for, or that deletion came to.
    var startOffset: Int64 = 0
    /// Everything before it was appended without an error.
    var appendedEnd: Int64 = 0
    /// Everything before it was said to be on disk.
    var syncedEnd: Int64 = 0
    /// An append that failed may be there all the same.
    var uncertain: ModelBatch?

    init(isCompacted: Bool) { self.isCompacted = isCompacted }

    /// What must be there, and is compared in `check`, after the process died or the power failed.
    func requiredEnd(afterPowerFailure: Bool) -> Int64 { afterPowerFailure ? syncedEnd : appendedEnd }

    /// Takes over what the log has, once it was found to be right: `found` of what is not before its start.
    /// `isDurable`: a power failure after which it is found can take nothing of it.
    mutating func settle(_ log: PartitionLog, found: [FoundBatch], isDurable: Bool) throws {
        let (start, end) = (log.logStartOffset, log.logEndOffset)
        let byOffset = Dictionary(uniqueKeysWithValues: found.map { ($0.model.firstOffset, $0.batch) })
        let known = batches + (uncertain.map { [$0] } ?? [])
        uncertain = nil
        batches = []
        for var batch in known {
            if batch.lastOffset >= start {
                let isThere = byOffset[batch.firstOffset]
                // What is neither there nor cleaned was not acknowledged: its offsets belong to others now.
                if isThere == nil && (batch.lastOffset >= end || !batch.mayBeGone) { continue }
                try batch.settle(isThere, isDurable: isDurable)
            }
            batches.append(batch)
        }
        appendedEnd = end
        syncedEnd = min(syncedEnd, appendedEnd)
        startOffset = start
        openTransactions = [:]
        var isLeft: [Int64: Bool] = [:]
        for batch in batches where batch.isTransactional {
            if batch.marker != nil {
                openTransactions[batch.producerId] = nil
                isLeft[batch.producerId] = nil
            } else {
                openTransactions[batch.producerId] = openTransactions[batch.producerId] ?? batch.firstOffset
                if !batch.mayBeGone { isLeft[batch.producerId] = true }
            }
        }
        // Of one that was reopened, since its marker was lost, everything may be cleaned away.
        openTransactions = openTransactions.filter { isLeft[$0.key] == true }
    }

    /// What is wrong with the log after a crash, if anything, and what is in it.
    func check(_ log: PartitionLog, requiredEnd: Int64) throws -> (fault: String?, found: [FoundBatch]) {
        let (start, end) = (log.logStartOffset, log.logEndOffset)
        if start > startOffset { return ("it starts at \(start), not at \(startOffset) or before", []) }
        if end < requiredEnd && requiredEnd > startOffset {
            return ("it ends at \(end), and \(requiredEnd) was acknowledged (start \(startOffset))", [])
        }
        if log.highWatermark != end { return ("its high watermark is \(log.highWatermark), not its end \(end)", []) }
        let (readFault, found) = try read(log, requiredEnd: requiredEnd)
        if let readFault { return (readFault, found) }
        let before = batches.filter { $0.lastOffset < start }
        let fault =
            try lookUpFault(log, found, from: start)
            ?? (isCompacted
                ? compactionFault(log, found, from: start, requiredEnd: requiredEnd)
                : transactionFault(log, before + found.map(\.model), from: start))
        return (fault, found)
    }

    /// Reads all of it, as a consumer does, and compares it. What was not acknowledged may be missing at the end of
    /// a segment though the next one is there, as in Kafka's logs.
    func read(_ log: PartitionLog, requiredEnd: Int64) throws -> (fault: String?, found: [FoundBatch]) {
        let start = log.logStartOffset
        let end = log.logEndOffset
        let known = batches + (uncertain.map { [$0] } ?? [])
        var rest = known.filter { $0.lastOffset >= start && $0.firstOffset < end }[...]
        func missing(_ batch: ModelBatch) -> Bool { batch.firstOffset < requiredEnd && !batch.mayBeGone }
        var found: [FoundBatch] = []
        var at = start
        while at < end {
            let batches = try log.read(from: at, maxBytes: 700, upTo: .logEnd).batches()
            if batches.isEmpty { break }
            for batch in batches where batch.lastOffset >= at {
                while let next = rest.first, next.firstOffset < batch.baseOffset, !missing(next) { rest.removeFirst() }
                guard let next = rest.popFirst(), next.firstOffset == batch.baseOffset else {
                    return ("a batch at \(batch.baseOffset) that was not to be there", found)
                }
                if let fault = try next.fault(in: batch) { return (fault, found) }
                found.append(FoundBatch(model: next, batch: batch))
                at = batch.lastOffset + 1
            }
        }
        if let missing = rest.first(where: missing) {
            return ("the batch at \(missing.firstOffset) cannot be read, and \(requiredEnd) was acknowledged", found)
        }
        return (nil, found)
    }

    /// Looks offsets and timestamps up by the indexes.
    private func lookUpFault(_ log: PartitionLog, _ expected: [FoundBatch], from start: Int64) throws -> String? {
        for one in expected {
            let asked = one.batch.lastOffset
            let found = try log.read(from: max(asked, start), maxBytes: 1, upTo: .logEnd).batches()
            if found.first?.baseOffset != one.batch.baseOffset { return "offset \(asked) leads to another batch" }
        }
        // In the first segment with such a timestamp, records before the log's start hide those after it; and so do
        // batches that were emptied, as in Kafka's logs.
        guard log.view.withLock({ $0.segments[0].baseOffset }) == start,
            expected.allSatisfy({ $0.batch.recordCount > 0 })
        else { return nil }
        let places = try expected.flatMap { one in try one.batch.records().map { ($0.timestamp, $0.offset) } }
        for asked in Set(expected.map(\.batch.maxTimestamp)).sorted() {
            let right = places.first { $0.0 >= asked }?.1
            let found = try log.offset(forTimestamp: asked)?.offset
            if found != right { return "timestamp \(asked) leads to \(found ?? -1), not \(right ?? -1)" }
        }
        return nil
    }

    private func transactionFault(_ log: PartitionLog, _ known: [ModelBatch], from start: Int64) throws -> String? {
        var open: [Int64: Int64] = [:]
        var aborted: Set<AbortedTransaction> = []
        for batch in known where batch.isTransactional {
            guard let isAbort = batch.marker else {
                if open[batch.producerId] == nil { open[batch.producerId] = batch.firstOffset }
                continue
            }
            guard let first = open.removeValue(forKey: batch.producerId) else { continue }
            if isAbort && batch.lastOffset >= start {
                aborted.insert(AbortedTransaction(producerId: batch.producerId, firstOffset: first))
            }
        }
        let stable = max(open.values.min() ?? log.logEndOffset, min(start, log.logEndOffset))
        // What was known of transactions that began before the log's start may have gone with their records.
        if start > 0 { return nil }
        if log.lastStableOffset != stable { return "its last stable offset is \(log.lastStableOffset), not \(stable)" }
        let segment = try log.read(from: start, maxBytes: 1 << 20, upTo: .lastStableOffset)
        let told = Set(segment.abortedTransactions ?? [])
        let end = start + Int64(try segment.batches().last.map { $0.lastOffset + 1 - start } ?? 0)
        let needed = aborted.filter { $0.firstOffset < end }
        return needed.isSubset(of: told) && told.isSubset(of: aborted)
            ? nil : "aborted transactions \(told), not \(needed)"
    }
}
