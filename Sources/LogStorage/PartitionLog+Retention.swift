// Which old segments go: those before the log start offset, those too many bytes back, those too old.

import Files
import Synchronization

extension PartitionLog {
    /// Deletes the segments that the topic's settings let go of, and gives back how many: those wholly before the log
    /// start offset; with `cleanup.policy` `delete`, also those that `retention.bytes` and `retention.ms` do not keep.
    /// The log start offset moves to the first segment left. Nothing at or above the high watermark goes. When all
    /// segments go, the log goes on in an empty one. Reads a few index bytes of segments that nobody used yet. Kafka:
    /// `UnifiedLog.deleteOldSegments`.
    ///
    /// Blocks for renames; their files are removed after `file.delete.delay.ms`.
    @discardableResult
    public func deleteOldSegments() throws(LogError) -> Int {
        try health.check()
        let deleted = try structure.withLock { _ throws(LogError) in
            let deleted = try writer.withLock { writer throws(LogError) in
                try requireOpen(writer)
                return try health.guarding { () throws(FileError) in try deleteOldSegments(&writer) }
            }
            try forgetGone()
            return deleted
        }
        if deleted > 0 {
            scheduleEpochWrite()
            notifyListeners()
        }
        return deleted
    }

    private func deleteOldSegments(_ writer: inout LogWriter) throws(FileError) -> Int {
        let config = view.withLock { $0.config.values }
        let start = logStartOffset
        var deleted = try deleteOldest("log start offset \(start) breach", &writer) { _, next in
            next.map { $0 <= start } ?? false
        }
        guard config.cleanupPolicy.contains(.delete) else { return deleted }
        if config.retentionBytes >= 0 {
            var surplus = sizeBytes - config.retentionBytes
            deleted += try deleteOldest("retention size \(config.retentionBytes) breach", &writer) { segment, _ in
                surplus -= Int64(segment.sizeBytes)
                return surplus >= 0
            }
        }
        if config.retentionMs >= 0 {
            let nowMs = environment.now()
            deleted += try deleteOldest("retention time \(config.retentionMs)ms breach", &writer) {
                segment, _ throws(FileError) in
                nowMs &- (try segment.largestTimestampMs()) > config.retentionMs
            }
        }
        return deleted
    }

    /// Deletes from the oldest segment on, while `isObsolete` (which is told where the next segment begins, nil for the
    /// active one). Kafka: `deletableSegments`, `deleteSegments`.
    private func deleteOldest(
        _ reason: String, _ writer: inout LogWriter, _ isObsolete: (Segment, Int64?) throws(FileError) -> Bool
    ) throws(FileError) -> Int {
        let segments = view.withLock { $0.segments }
        var count = 0
        while count < segments.count {
            let segment = segments[count]
            let next = count + 1 < segments.count ? segments[count + 1].baseOffset : nil
            if next == nil && segment.sizeBytes == 0 { break }
            // The log start offset must not get past the high watermark.
            guard highWatermark >= next ?? logEndOffset, try isObsolete(segment, next) else { break }
            count += 1
        }
        guard count > 0 else { return 0 }
        if count == segments.count { _ = try roll(at: logEndOffset, writer: &writer) }
        try drop(Array(segments[..<count]), reason, &writer)
        return count
    }

    /// Takes the oldest segments out of the log, then off the disk. The segments after them must be there.
    private func drop(_ obsolete: [Segment], _ reason: String, _ writer: inout LogWriter) throws(FileError) {
        let start = view.withLock { view in
            if let first = obsolete.first(where: { !$0.state.withLock { $0.isSynced } }) {
                view.firstGoneUnsynced = min(first.baseOffset, view.firstGoneUnsynced ?? Int64.max)
            }
            view.segments.removeFirst(obsolete.count)
            view.lastBound = nil
            return max(view.offsets.logStartOffset, view.segments[0].baseOffset)
        }
        moveStart(to: start, &writer)
        // The checkpoint's entry may be of no use from now on.
        directory.changes?.note(.startOffset)
        environment.observe(
            .note(
                "\(path): deleting \(obsolete.count) segments due to \(reason): offsets \(obsolete[0].baseOffset) up to "
                    + "\(start), \(obsolete.reduce(0) { $0 + $1.sizeBytes }) bytes"))
        try delete(obsolete, &writer)
        let bases = Set(obsolete.map(\.baseOffset))
        try removeSnapshots(&writer) { bases.contains($0) }
    }

    /// Makes it durable that segments are gone which were never synced: until then the recovery point stays before
    /// them. Nearly always they were synced long before they are dropped.
    private func forgetGone() throws(LogError) {
        guard view.withLock({ $0.firstGoneUnsynced }) != nil else { return }
        try health.guarding { () throws(FileError) in
            do throws(FileError) { try environment.fileSystem.syncDirectory(path) } catch {
                // The partition was deleted.
                if !error.isNotFound { throw error }
            }
        }
        view.withLock { $0.firstGoneUnsynced = nil }
        directory.changes?.note(.recoveryPoint)
    }
}
