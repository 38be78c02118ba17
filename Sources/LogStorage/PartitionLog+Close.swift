// Opening and closing a log, and looking at its end when it is first appended to.

import Files
import KafkaWire
import Synchronization

extension PartitionLog {
    /// Opens the log in `path`, which must be there; makes a first segment when there is none.
    ///
    /// For logs of a `LogRegistry`, the registry does this. A log outside of it (the metadata log) is opened by itself:
    /// `wasClosedCleanly: false` goes over all batches from `recoveryPoint` on, `true` reads none, and trusts
    /// `recoveryPoint` to be the end (nil: the end is looked for).
    public static func open(
        _ topicPartition: TopicPartition, at path: String, config: SharedLogConfig, environment: LogEnvironment,
        wasClosedCleanly: Bool, recoveryPoint: Int64? = nil, logStartOffset: Int64? = nil
    ) throws(LogError) -> PartitionLog {
        try open(
            LogOpening(
                topicPartition: topicPartition,
                directory: PartitionDirectory(path: path, environment: environment, health: DirectoryHealth()),
                config: config, wasClosedCleanly: wasClosedCleanly, recoveryPoint: recoveryPoint,
                logStartOffset: logStartOffset))
    }

    static func open(_ opening: LogOpening) throws(LogError) -> PartitionLog {
        let log = PartitionLog(
            loaded: try opening.directory.health.guarding { () throws(FileError) in try LogLoader.load(opening) })
        // What came out while it was loaded.
        for segment in log.view.withLock({ $0.segments }) where segment.state.withLock({ $0.isIndexDamaged }) {
            log.mendLater(segment)
        }
        log.scheduleEpochWrite()
        return log
    }

    /// Writes what is in memory only, syncs what is not synced, and closes the log: after it, every call is refused.
    /// The recovery point is then the log's end.
    public func close() throws(LogError) {
        if try finishWriting() { try syncAfterWriting() }
    }

    /// The first half of closing: writes what is in memory only, and takes nothing from then on. Says whether there is
    /// something to sync; a log that nobody wrote to since it was opened has nothing.
    func finishWriting() throws(LogError) -> Bool {
        try health.check()
        let isUnsynced = try structure.withLock { _ throws(LogError) in
            try writer.withLock { writer throws(LogError) in try finishWriting(&writer) }
        }
        notifyListeners()
        return isUnsynced
    }

    private func finishWriting(_ writer: inout LogWriter) throws(LogError) -> Bool {
        if writer.isClosed { return false }
        writer.isClosed = true
        // Of a partition whose files were not even made, the metadata log knows all there is to know.
        guard directory.isMade else { return false }
        return try health.guarding { () throws(FileError) in
            try writeEpochs()
            var isUnsynced = epochFile.withLock { $0 }
            for segment in view.withLock({ $0.segments }) {
                try segment.finish()
                if !segment.state.withLock({ $0.isSynced }) { isUnsynced = true }
            }
            if let snapshot = try takeProducerSnapshot(&writer) {
                writer.unsyncedSnapshot = snapshot
                isUnsynced = true
            }
            return isUnsynced
        }
    }

    /// The second half of closing. `isDataSynced`: the whole file system was synced since `finishWriting`.
    func syncAfterWriting(isDataSynced: Bool = false) throws(LogError) {
        try health.guarding { () throws(FileError) in
            if !isDataSynced {
                for segment in view.withLock({ $0.segments }) where !segment.state.withLock({ $0.isSynced }) {
                    try segment.syncAll()
                }
                if let snapshot = writer.withLock({ $0.unsyncedSnapshot }) {
                    try environment.fileSystem.open(snapshotPath(snapshot), .readWrite).sync()
                }
                try syncNames()
                try syncEpochs()
            }
        }
        try health.check()
        for segment in view.withLock({ $0.segments }) { segment.state.withLock { $0.isSynced = true } }
        let end = logEndOffset
        if end > recoveryPoint { recoveryPointValue.store(end, ordering: .sequentiallyConsistent) }
    }

    /// Gives up a log whose directory is to be removed: nothing more is written.
    func abandon() {
        structure.withLock { _ in writer.withLock { $0.isClosed = true } }
        notifyListeners()
    }

    /// Looks whether the last segment really ends where it is believed to, before something is put behind it. A clean
    /// start reads no data, so what a damaged checkpoint or file does comes out here.
    func checkTail(_ writer: inout LogWriter) throws(LogError) {
        if writer.isTailChecked { return }
        let (active, end) = view.withLock { ($0.active, $0.offsets.logEndOffset) }
        try health.guarding { () throws(FileError) in
            let found = try active.readTail()
            if found.nextOffset != end || found.validBytes != active.sizeBytes {
                environment.observe(
                    .warning(
                        "\(active.path(.log)) ends at offset \(found.nextOffset), byte \(found.validBytes), not at offset "
                            + "\(end), byte \(active.sizeBytes) as it should after a clean stop; it is checked as a whole"
                    ))
                try mendTail(active, &writer)
            }
        }
        writer.isTailChecked = true
        view.withLock { $0.isTailUnchecked = false }
    }

    private func mendTail(_ active: Segment, _ writer: inout LogWriter) throws(FileError) {
        let (segments, config, start, known) = view.withLock {
            ($0.segments, $0.config.values, $0.offsets.logStartOffset, $0.epochs)
        }
        let loader = ProducerStateLoader(
            directory: directory, partition: topicPartition, segments: segments, snapshots: writer.snapshotOffsets)
        var producers = try loader.load(
            logStartOffset: min(start, active.baseOffset), endOffset: active.baseOffset)
        var epochs = known
        let result = try SegmentRecovery(segment: active, config: config, loader: loader)
            .run(producers: &producers, epochs: &epochs)
        // The checkpoint still says that all of it is on disk.
        try active.syncAll()
        try removeSnapshots(&writer) { $0 > result.nextOffset }
        writer.producers = producers
        recoveryPointValue.store(min(recoveryPoint, active.baseOffset), ordering: .sequentiallyConsistent)
        _ = epochs.truncateFromEnd(result.nextOffset)
        view.withLock { view in
            view.epochs = epochs
            view.areEpochsUnwritten = true
            view.lastBound = nil
        }
        publishEnd(result.nextOffset, writer: &writer)
    }
}
