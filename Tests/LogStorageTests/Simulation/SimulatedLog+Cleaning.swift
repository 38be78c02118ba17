// What a cleaning may take from a log, what it has to take, and what must be left of a compacted log whatever happens.

import Records

@testable import LogStorage

/// A cleaning that is about to run.
struct ModelCleaning {
    let plan: CleaningPlan
    /// Where the segments begin now.
    let baseOffsets: [Int64]
    let nowMs: Int64
    let deleteRetentionMs: Int64
}

extension ModelLog {
    // MARK: Before and after a cleaning

    /// From here on whatever the cleaning takes may be gone: it may be cut short at any point.
    mutating func cleaningBegins(_ cleaning: ModelCleaning) {
        let plan = cleaning.plan
        let end = plan.firstUncleanableOffset
        let latest = lastOffsets(from: plan.firstDirtyOffset, to: end)
        let (aborted, obsolete) = (abortedBatches, obsoleteMarkers)
        let kept = lastOfProducers { _ in true }
        for slot in batches.indices where batches[slot].lastOffset < end {
            batches[slot].isTouched = true
            let isPast = batches[slot].horizon.earliestMs.map { $0 <= cleaning.nowMs } ?? false
            if batches[slot].marker != nil {
                guard obsolete.contains(batches[slot].firstOffset) else { continue }
                if isPast && batches[slot].lastOffset + 1 != end { batches[slot].doubt() }
                batches[slot].horizon.begin(cleaning)
                continue
            }
            let isAborted = aborted.contains(batches[slot].firstOffset)
            for one in batches[slot].records.indices where batches[slot].records[one].fate == .present {
                let record = batches[slot].records[one]
                if isAborted || record.offset < latest[record.key] ?? -1 || (record.value == nil && isPast) {
                    batches[slot].records[one].fate = .unsure
                }
            }
            let isKept = kept.contains(batches[slot].firstOffset) || batches[slot].lastOffset + 1 == end
            if !isKept && batches[slot].records.allSatisfy({ $0.fate != .present }) { batches[slot].doubt() }
            if batches[slot].hasTombstone { batches[slot].horizon.begin(cleaning) }
        }
    }

    /// The cleaning came to its end at `end`: what its rules take is gone.
    mutating func cleaningEnded(_ cleaning: ModelCleaning, at end: Int64) {
        let latest = lastOffsets(from: cleaning.plan.firstDirtyOffset, to: end)
        // Of the segment that has the end, all that comes behind is written anew too.
        let written = cleaning.baseOffsets.first { $0 >= end } ?? appendedEnd
        let aborted = abortedBatches
        // After a crash a producer's last batch is what a snapshot says, or what is left of its batches.
        let kept = lastOfProducers { _ in true }.union(lastOfProducers { $0 != .gone }).union(
            lastOfProducers { $0 == .present })
        for slot in batches.indices where batches[slot].lastOffset < written && batches[slot].marker == nil {
            let isPast = batches[slot].horizon.certainMs.map { $0 <= cleaning.nowMs } ?? false
            let isAborted = aborted.contains(batches[slot].firstOffset)
            for one in batches[slot].records.indices {
                let record = batches[slot].records[one]
                let isReplaced = record.offset < end && record.offset < latest[record.key] ?? -1
                if isAborted || isReplaced || (record.offset < end && record.value == nil && isPast) {
                    batches[slot].records[one].fate = .gone
                }
            }
            let isKept =
                kept.contains(batches[slot].firstOffset)
                || batches[slot].lastOffset + 1 == cleaning.plan.firstUncleanableOffset
            if !isKept && batches[slot].records.allSatisfy({ $0.fate == .gone }) { batches[slot].fate = .gone }
            if batches[slot].hasTombstone && batches[slot].horizon.certainMs == nil {
                batches[slot].horizon.certainMs = cleaning.nowMs + cleaning.deleteRetentionMs
            }
        }
    }

    /// The last offset of each key among what is not aborted.
    private func lastOffsets(from start: Int64, to end: Int64) -> [String: Int64] {
        let aborted = abortedBatches
        var latest: [String: Int64] = [:]
        for batch in batches where !aborted.contains(batch.firstOffset) {
            for record in batch.records where record.offset >= start && record.offset < end && record.fate != .gone {
                latest[record.key] = record.offset
            }
        }
        return latest
    }

    /// The first offsets of the batches whose transactions are aborted.
    private var abortedBatches: Set<Int64> { endOfTransactions.aborted }

    /// Those of transactions whose abort marker was lost.
    private var batchesToBeAborted: Set<Int64> {
        var aborted: Set<Int64> = []
        for (producerId, offsets) in endOfTransactions.open {
            let transaction = ModelTransaction(producerId: producerId, firstOffset: offsets[0])
            if decisions[transaction] == true { aborted.formUnion(offsets) }
        }
        return aborted
    }

    private var endOfTransactions: (aborted: Set<Int64>, open: [Int64: [Int64]]) {
        var aborted: Set<Int64> = []
        var open: [Int64: [Int64]] = [:]
        for batch in batches where batch.isTransactional {
            if let isAbort = batch.marker {
                let ended = open.removeValue(forKey: batch.producerId) ?? []
                if isAbort { aborted.formUnion(ended) }
            } else {
                open[batch.producerId, default: []].append(batch.firstOffset)
            }
        }
        return (aborted, open)
    }

    /// The markers of whose transactions nothing has to be there any more.
    private var obsoleteMarkers: Set<Int64> {
        var obsolete: Set<Int64> = []
        var hasData: Set<Int64> = []
        for batch in batches where batch.isTransactional && batch.lastOffset >= startOffset {
            if batch.marker == nil {
                if !batch.mayBeGone { hasData.insert(batch.producerId) }
            } else if hasData.remove(batch.producerId) == nil {
                obsolete.insert(batch.firstOffset)
            }
        }
        return obsolete
    }

    /// The batches that stay, empty if need be: producers go on from their sequence numbers.
    private func lastOfProducers(_ counts: (Fate) -> Bool) -> Set<Int64> {
        var last: [Int64: Int64] = [:]
        for batch in batches where batch.producerId >= 0 && batch.marker == nil && counts(batch.fate) {
            last[batch.producerId] = batch.firstOffset
        }
        return Set(last.values)
    }

    // MARK: What must be left

    /// What is wrong with a compacted log, all of whose batches are right by themselves.
    func compactionFault(
        _ log: PartitionLog, _ found: [FoundBatch], from start: Int64, requiredEnd: Int64
    ) throws -> String? {
        if let fault = try lastValueFault(found, from: start, requiredEnd: requiredEnd) { return fault }
        // What was known of transactions that began before the log's start may have gone with their records.
        if start > 0 { return nil }
        var open: [Int64: (first: Int64, slots: [Int])] = [:]
        var aborted: Set<Int> = []
        for (slot, one) in found.enumerated() where one.batch.isTransactional {
            if let isAbort = one.model.marker {
                let ended = open.removeValue(forKey: one.batch.producerId)?.slots ?? []
                if isAbort { aborted.formUnion(ended) }
            } else {
                open[one.batch.producerId, default: (one.batch.baseOffset, [])].slots.append(slot)
            }
        }
        let stable = open.values.map(\.first).min() ?? log.logEndOffset
        if log.lastStableOffset != stable {
            return "its last stable offset is \(log.lastStableOffset), not \(stable)"
        }
        let expected = try found.enumerated().filter { slot, one in
            one.model.marker == nil && !aborted.contains(slot) && one.batch.baseOffset < log.lastStableOffset
        }.flatMap { try $0.element.batch.records().map(\.offset) }
        let committed = try log.committedRecords().map(\.offset)
        return committed == expected ? nil : "committed are \(committed), not \(expected)"
    }

    /// Of each key the last record that was acknowledged is there, or a later one.
    private func lastValueFault(_ found: [FoundBatch], from start: Int64, requiredEnd: Int64) throws -> String? {
        // Of a transaction whose marker was lost, the data may have gone by that marker.
        let aborted = abortedBatches.union(batchesToBeAborted)
        var newest: [String: Int64] = [:]
        for one in found where one.model.marker == nil && !aborted.contains(one.model.firstOffset) {
            for record in try one.batch.records() {
                newest[String(decoding: record.key ?? [], as: UTF8.self)] = record.offset
            }
        }
        var last: [String: ModelRecord] = [:]
        var expired: [String: Int64] = [:]
        for batch in batches where !aborted.contains(batch.firstOffset) {
            for record in batch.records where record.offset >= start {
                if record.offset < requiredEnd { last[record.key] = record }
                if record.value == nil && record.fate != .present { expired[record.key] = record.offset }
            }
        }
        for (key, record) in last.sorted(by: { $0.key < $1.key }) {
            let left = max(newest[key] ?? -1, expired[key] ?? -1)
            if left < record.offset { return "\(key) has lost its last value, of offset \(record.offset)" }
        }
        return nil
    }
}

extension ModelHorizon {
    fileprivate mutating func begin(_ cleaning: ModelCleaning) {
        earliestMs = earliestMs ?? cleaning.nowMs + cleaning.deleteRetentionMs
    }
}

extension ModelBatch {
    fileprivate var hasTombstone: Bool { records.contains { $0.value == nil && $0.fate != .gone } }

    fileprivate mutating func doubt() {
        if fate == .present { fate = .unsure }
    }
}
