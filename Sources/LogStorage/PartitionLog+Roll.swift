// A new active segment, and the snapshot of the producers' state that belongs to its beginning.

import Bytes
import Files
import Synchronization

extension PartitionLog {
    /// Begins a new segment at the log's end, unless the active one is empty.
    public func roll() throws(LogError) {
        try health.check()
        try writer.withLock { writer throws(LogError) in
            try requireOpen(writer)
            try checkTail(&writer)
            let end = logEndOffset
            _ = try health.guarding { () throws(FileError) in try roll(at: end, writer: &writer) }
        }
    }

    /// The segment that takes `records`: the active one, or a new one when that is full or old.
    func rollIfNeeded(
        _ records: AppendedRecords, firstOffset: Int64, config: LogConfig, writer: inout LogWriter
    ) throws(FileError) -> Segment {
        let active = view.withLock { $0.active }
        guard try active.shouldRoll(records, config: config, nowMs: environment.now()) else { return active }
        return try roll(at: max(firstOffset, logEndOffset), writer: &writer)
    }

    /// Kafka: `UnifiedLog.roll`, `LocalLog.roll`.
    func roll(at baseOffset: Int64, writer: inout LogWriter) throws(FileError) -> Segment {
        let (active, config) = view.withLock { ($0.active, $0.config.values) }
        if active.baseOffset >= baseOffset { return active }
        try active.finish()
        let segment = try Segment.create(
            baseOffset: baseOffset, in: directory, rollJitterMs: config.randomSegmentJitterMs())
        writer.producers.endOffset = baseOffset
        let snapshot = try takeProducerSnapshot(&writer)
        view.withLock { view in
            view.segments.append(segment)
            view.activeSizeBytes = 0
        }
        if config.cleanupPolicy.contains(.compact) { directory.changes?.note(.cleanable) }
        environment.worker.run { [weak self] in
            // A failure here took the directory offline: the next call says so.
            try? self?.flush(upTo: baseOffset, snapshot: snapshot)
        }
        return segment
    }

    /// Writes the producers' state to `<end offset>.snapshot`, if it is newer than the last; gives back its offset. It
    /// is not synced.
    func takeProducerSnapshot(_ writer: inout LogWriter) throws(FileError) -> Int64? {
        let offset = writer.producers.endOffset
        guard offset > writer.producers.snapshotOffset else { return nil }
        let bytes = ProducerStateSnapshot.encode(writer.producers.byId.values)
        let file = try environment.fileSystem.open(snapshotPath(offset), .truncate)
        try file.write(bytes, at: 0)
        writer.producers.snapshotOffset = offset
        writer.snapshotOffsets.append(offset)
        return offset
    }

    func snapshotPath(_ offset: Int64) -> String {
        directory.path(of: LogFileName(offset: offset, kind: .producerSnapshot))
    }
}
