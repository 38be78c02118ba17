// Whether a log is to be cleaned, and from where to where.

import Files
import Synchronization

/// What a look at a log says about its cleaning. Kafka: `LogToClean`, `LogCleanerManager.cleanableOffsets`.
struct CleaningPlan: Sendable {
    /// Records before it were cleaned before.
    let firstDirtyOffset: Int64
    /// Where the first segment begins that must stay as it is.
    let firstUncleanableOffset: Int64
    let cleanBytes: Int64
    let cleanableBytes: Int64
    /// Records are older than `max.compaction.lag.ms` allows.
    let isOverdue: Bool
    /// The log was cut back below where it was cleaned, or its start moved past that.
    let isCheckpointInvalid: Bool
    /// There may be more to clean when time has passed or a transaction has ended, without another segment being
    /// rolled.
    let mayGrow: Bool

    var dirtyRatio: Double {
        let total = cleanBytes + cleanableBytes
        return total == 0 ? 0 : Double(cleanableBytes) / Double(total)
    }

    func isDue(_ config: LogConfig) -> Bool {
        cleanBytes + cleanableBytes > 0
            && ((isOverdue && cleanableBytes > 0) || dirtyRatio > config.minCleanableDirtyRatio)
    }
}

extension PartitionLog {
    /// Looks at the log. `cleanedOffset`: what the checkpoint says.
    func cleaningPlan(cleanedOffset: Int64?) throws(FileError) -> CleaningPlan {
        let (segments, offsets, config) = view.withLock { ($0.segments, $0.offsets, $0.config.values) }
        let nowMs = environment.now()
        var first = cleanedOffset ?? offsets.logStartOffset
        let isInvalid = first < offsets.logStartOffset || first > offsets.logEndOffset
        if isInvalid { first = offsets.logStartOffset }
        let active = segments[segments.count - 1].baseOffset
        let dirty = Self.slice(segments, from: first, to: active)
        var limit = min(active, offsets.lastStableOffset)
        if config.minCompactionLagMs > 0 {
            let newestMs = nowMs &- config.minCompactionLagMs
            for segment in dirty where try segment.largestTimestampMs() > newestMs {
                limit = min(limit, segment.baseOffset)
                break
            }
        }
        limit = max(limit, first)
        // The whole segment that has the limit stays.
        let uncleanable = limit >= active ? active : segments[LogView.floor(limit, in: segments) ?? 0].baseOffset
        return CleaningPlan(
            firstDirtyOffset: first, firstUncleanableOffset: uncleanable,
            cleanBytes: Self.bytes(of: segments, from: Int64.min, to: first),
            cleanableBytes: Self.bytes(of: segments, from: min(first, uncleanable), to: uncleanable),
            isOverdue: try Self.isOverdue(dirty, config, nowMs: nowMs), isCheckpointInvalid: isInvalid,
            mayGrow: uncleanable < active || (first < active && config.maxCompactionLagMs < Int64.max))
    }

    /// Kafka: `maxCompactionDelay`.
    private static func isOverdue(
        _ dirty: ArraySlice<Segment>, _ config: LogConfig, nowMs: Int64
    ) throws(FileError) -> Bool {
        let deadlineMs = nowMs &- max(config.maxCompactionLagMs, 0)
        guard deadlineMs > 0 else { return false }
        for segment in dirty {
            if let first = try segment.firstBatchTimestamp(), first > 0, first < deadlineMs { return true }
        }
        return false
    }

    /// The bytes of the segments that have offsets from `start` on and begin before `end`. Kafka: `logSegments(from,
    /// to)`.
    private static func bytes(of segments: [Segment], from start: Int64, to end: Int64) -> Int64 {
        slice(segments, from: start, to: end).reduce(0) { $0 + Int64($1.sizeBytes) }
    }

    /// The segments that have offsets from `start` on and begin before `end`.
    static func slice(_ segments: [Segment], from start: Int64, to end: Int64) -> ArraySlice<Segment> {
        guard start < end else { return [] }
        let first = LogView.floor(start, in: segments) ?? 0
        return segments[first...].prefix { $0.baseOffset < end }
    }
}
