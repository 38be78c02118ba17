// A cleaned segment takes the place of those it was made from, in steps of which each may be the last before a crash.
//
//     x.log.cleaned …            the new segment, synced; removed at the start after a crash
//  1  x.log.swap …               all its files renamed, the names synced: from here on it replaces the others
//  2  a.log.deleted …            the old files renamed, the names synced: none comes back beside the new ones
//  3  x.log …                    the new files get their names
//
// What `LogFiles` finds at the start is by its names on one side of step 1 or on the other: the swap is undone or
// finished.

import Files
import Synchronization

extension PartitionLog {
    private static let segmentFiles: [LogFileKind] = [.log, .offsetIndex, .timeIndex, .transactionIndex]

    var isClosed: Bool { writer.withLock { $0.isClosed } }

    /// Puts `new`, whose files are `.cleaned`, in the place of `old`. Appends and reads go on meanwhile. `.superseded`
    /// when one of the old segments is not there any more. Kafka: `LocalLog.replaceSegments`.
    func replace(_ old: [Segment], with new: Segment) throws(CleaningError) {
        try structure.withLock { _ throws(CleaningError) in
            guard view.withLock({ Self.range(of: old, in: $0.segments) }) != nil, !isClosed else {
                new.removeFiles()
                throw isClosed ? .cancelled : .superseded
            }
            do throws(FileError) {
                try rename(new, to: .swap)
                view.withLock { view in
                    guard let range = Self.range(of: old, in: view.segments) else { return }
                    view.segments.replaceSubrange(range, with: [new])
                    view.lastBound = nil
                }
                for segment in old { try segment.markDeleted() }
                try environment.fileSystem.syncDirectory(path)
                try rename(new, to: .none)
            } catch {
                throw .storage(error)
            }
            removeReplaced(old, by: new)
        }
    }

    /// Where `old` lies in `segments`, if it still does.
    private static func range(of old: [Segment], in segments: [Segment]) -> Range<Int>? {
        guard let first = segments.firstIndex(where: { $0 === old[0] }), first + old.count <= segments.count,
            zip(segments[first...], old).allSatisfy({ $0 === $1 })
        else { return nil }
        return first..<first + old.count
    }

    private func rename(_ segment: Segment, to suffix: LogFileSuffix) throws(FileError) {
        for kind in Self.segmentFiles {
            if kind == .transactionIndex && !segment.state.withLock({ $0.hasTransactionIndex }) { continue }
            let target = LogFileName(offset: segment.baseOffset, kind: kind, suffix: suffix)
            try environment.fileSystem.rename(segment.path(kind), to: directory.path(of: target))
        }
        segment.state.withLock { $0.suffix = suffix }
        try environment.fileSystem.syncDirectory(path)
    }

    /// The old files go after `file.delete.delay.ms`, for those who still read them; the producer snapshots of
    /// beginnings that there are no more go now.
    private func removeReplaced(_ old: [Segment], by new: Segment) {
        environment.worker.run(afterMs: config.values.fileDeleteDelayMs) {
            for segment in old { segment.removeFiles() }
        }
        let gone = Set(old.map(\.baseOffset)).subtracting([new.baseOffset])
        writer.withLock { writer in
            // One that cannot be removed now is removed when the log is opened next.
            try? removeSnapshots(&writer) { gone.contains($0) }
        }
    }
}
