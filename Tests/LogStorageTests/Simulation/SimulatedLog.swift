// What a log must hold, by what its writer was told: the model that a simulation compares a log with.

import Bytes
import Records
import Testing

@testable import LogStorage

/// A batch that was appended, or may have been.
struct ModelBatch {
    let firstOffset: Int64
    let lastOffset: Int64
    /// As it is to lie in the log, offsets and epoch included.
    let bytes: [UInt8]
    let producerId: Int64
    let sequence: Int32
    let maxTimestampMs: Int64
    let isTransactional: Bool
    /// nil: data.
    let marker: Bool?
}

/// One partition as its writer knows it.
struct ModelLog {
    /// All that was appended since the log was made, in order; the last one may have been cut short by a crash.
    var batches: [ModelBatch] = []
    var openTransactions: Set<Int64> = []
    /// The log start offset that was asked for, or that deletion came to.
    var startOffset: Int64 = 0
    /// Everything before it was appended without an error.
    var appendedEnd: Int64 = 0
    /// Everything before it was said to be on disk.
    var syncedEnd: Int64 = 0
    /// An append that failed may be there all the same.
    var uncertain: ModelBatch?

    /// What must be there, and is compared in `check`, after the process died or the power failed.
    func requiredEnd(afterPowerFailure: Bool) -> Int64 { afterPowerFailure ? syncedEnd : appendedEnd }

    /// Takes over what the log has, once it was found to be right: `found` of what is not before its start.
    mutating func settle(_ log: PartitionLog, found: [ModelBatch]) {
        uncertain = nil
        batches.removeAll { $0.lastOffset >= log.logStartOffset }
        batches += found
        appendedEnd = log.logEndOffset
        syncedEnd = min(syncedEnd, appendedEnd)
        startOffset = log.logStartOffset
        openTransactions = []
        for batch in batches where batch.producerId >= 0 {
            if batch.marker != nil {
                openTransactions.remove(batch.producerId)
                continue
            }
            if batch.isTransactional { openTransactions.insert(batch.producerId) }
        }
    }

    /// What is wrong with the log after a crash, if anything, and what is in it.
    func check(_ log: PartitionLog, requiredEnd: Int64) throws -> (fault: String?, found: [ModelBatch]) {
        let start = log.logStartOffset
        let end = log.logEndOffset
        if start > startOffset { return ("it starts at \(start), not at \(startOffset) or before", []) }
        if end < requiredEnd && requiredEnd > startOffset {
            return ("it ends at \(end), and \(requiredEnd) was acknowledged (start \(startOffset))", [])
        }
        if log.highWatermark != end { return ("its high watermark is \(log.highWatermark), not its end \(end)", []) }
        let known = batches + (uncertain.map { [$0] } ?? [])
        let (readFault, found) = try read(
            log, known.filter { $0.lastOffset >= start && $0.firstOffset < end }, from: start, requiredEnd: requiredEnd)
        if let readFault { return (readFault, []) }
        let before = known.filter { $0.lastOffset < start }
        let fault = try lookUpFault(log, found, from: start) ?? transactionFault(log, before + found, from: start)
        return (fault, found)
    }

    /// Reads all of it, as a consumer does, and compares bytes. What was not acknowledged may be missing at the end of
    /// a segment though the next one is there, as in Kafka's logs.
    private func read(
        _ log: PartitionLog, _ expected: [ModelBatch], from start: Int64, requiredEnd: Int64
    ) throws -> (fault: String?, found: [ModelBatch]) {
        var rest = expected[...]
        var found: [ModelBatch] = []
        var at = start
        while at < log.logEndOffset {
            let batches = try log.read(from: at, maxBytes: 700, upTo: .logEnd).batches()
            if batches.isEmpty { break }
            for batch in batches where batch.lastOffset >= at {
                while let next = rest.first, next.firstOffset < batch.baseOffset, next.firstOffset >= requiredEnd {
                    rest.removeFirst()
                }
                guard let next = rest.popFirst(), next.firstOffset == batch.baseOffset else {
                    return ("a batch at \(batch.baseOffset) that was not to be there", [])
                }
                if batch.bytes.array != next.bytes {
                    return ("other bytes at \(batch.baseOffset) than were written", [])
                }
                found.append(next)
                at = batch.lastOffset + 1
            }
        }
        if let missing = rest.first(where: { $0.firstOffset < requiredEnd }) {
            return ("the batch at \(missing.firstOffset) cannot be read, and \(requiredEnd) was acknowledged", [])
        }
        return (nil, found)
    }

    /// Looks offsets and timestamps up by the indexes.
    private func lookUpFault(_ log: PartitionLog, _ expected: [ModelBatch], from start: Int64) throws -> String? {
        for batch in expected {
            let found = try log.read(from: max(batch.lastOffset, start), maxBytes: 1, upTo: .logEnd).batches()
            if found.first?.baseOffset != batch.firstOffset {
                return "offset \(batch.lastOffset) leads to another batch"
            }
        }
        // In the first segment with such a timestamp, records before the log's start hide those after it.
        guard log.view.withLock({ $0.segments[0].baseOffset }) == start else { return nil }
        for batch in expected {
            let asked = batch.maxTimestampMs
            let right = expected.first { $0.maxTimestampMs >= asked }?.firstOffset
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
