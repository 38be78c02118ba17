// Opening a partition's directory: what is in it, what has to be mended, where the log begins and ends.
// Kafka: `LogLoader`.

import Files
import KafkaWire
import Records

/// What is known of a log before its directory is looked at.
struct LogOpening {
    let topicPartition: TopicPartition
    let directory: PartitionDirectory
    let config: SharedLogConfig
    /// Whether whoever had the log before closed it: then its data need not be read.
    let wasClosedCleanly: Bool
    /// By the directory's checkpoint; nil when it has no entry.
    var recoveryPoint: Int64?
    /// By the directory's checkpoint; nil when it has no entry.
    var logStartOffset: Int64?
    /// By the directory's checkpoint, -1 when it has no entry: after a clean stop it is the log's end as a rule, and so
    /// speaks for the recovery point. nil: there is nobody to ask.
    var highWatermark: Int64?
}

/// What the loader found.
struct LoadedLog {
    var topicPartition: TopicPartition
    var directory: PartitionDirectory
    var config: SharedLogConfig
    var topicId: Uuid?
    var segments: [Segment]
    var startOffset: Int64
    var endOffset: Int64
    var recoveryPoint: Int64
    var epochs: LeaderEpochCache
    /// Whether `epochs` differs from the checkpoint on disk.
    var areEpochsUnwritten: Bool
    var producers: ProducerStates
    var snapshotOffsets: [Int64]
    var isTailChecked: Bool
    /// Whether the names of its files, and its own, are on disk for certain.
    var areNamesSynced: Bool
}

/// Loads one log.
struct LogLoader {
    private let opening: LogOpening
    private let files: LogFiles
    private var segments: [Segment] = []
    private var snapshots: [Int64]
    private var epochs = LeaderEpochCache()
    private var areEpochsUnwritten = false
    /// The state at the end of the last segment recovered.
    private var recovered: (producers: ProducerStates, endOffset: Int64)?
    /// Where the first segment recovered begins.
    private var recoveredFrom: Int64?

    static func load(_ opening: LogOpening) throws(FileError) -> LoadedLog {
        var loader = try LogLoader(opening)
        return try loader.load()
    }

    private init(_ opening: LogOpening) throws(FileError) {
        self.opening = opening
        files = try LogFiles.tidied(opening.directory)
        snapshots = files.snapshots
    }

    private var directory: PartitionDirectory { opening.directory }
    private var config: LogConfig { opening.config.values }
    private var checkpointedStart: Int64 { max(0, opening.logStartOffset ?? 0) }

    private mutating func load() throws(FileError) -> LoadedLog {
        try findSegments()
        try readEpochs()
        try mendIndexes()
        if !opening.wasClosedCleanly { try recover() }
        let end = try findEnd()
        let start = max(checkpointedStart, segments[0].baseOffset)
        // An epoch that has no records yet stays: the leader goes on in it.
        if epochs.truncateFromEnd(end &+ 1) { areEpochsUnwritten = true }
        if epochs.truncateFromStart(start) { areEpochsUnwritten = true }
        try removeStraySnapshots(end: end)
        let producers = try loadProducers(start: start, end: end)
        // What was gone over is not on disk as it is now: its indexes are new.
        let recoveryPoint = opening.wasClosedCleanly ? end : min(opening.recoveryPoint ?? 0, end, recoveredFrom ?? end)
        return LoadedLog(
            topicPartition: opening.topicPartition, directory: directory, config: opening.config,
            topicId: try PartitionMetadata.readTopicId(directory), segments: segments, startOffset: start,
            endOffset: end,
            recoveryPoint: max(0, recoveryPoint), epochs: epochs, areEpochsUnwritten: areEpochsUnwritten,
            producers: producers, snapshotOffsets: snapshots, isTailChecked: recovered != nil,
            areNamesSynced: opening.wasClosedCleanly)
    }

    // MARK: Segments

    private mutating func findSegments() throws(FileError) {
        for file in files.segments {
            let path = directory.path(of: LogFileName(offset: file.baseOffset, kind: .log))
            let size = try directory.fileSystem.status(of: path)?.sizeBytes ?? 0
            segments.append(
                Segment(
                    baseOffset: file.baseOffset, directory: directory, sizeBytes: Int(clamping: size), isNew: false,
                    hasTransactionIndex: file.hasTransactionIndex, rollJitterMs: config.randomSegmentJitterMs()))
        }
    }

    /// Rebuilds indexes that are missing, or whose damage is plain.
    private mutating func mendIndexes() throws(FileError) {
        for (slot, file) in files.segments.enumerated() {
            let segment = segments[slot]
            var fault = file.hasIndexes ? nil : "an index is missing"
            if fault == nil, file.hasTransactionIndex, let index = try segment.indexFile(.transactionIndex) {
                fault = try TransactionIndex.fault(in: index, baseOffset: segment.baseOffset)
            }
            guard let fault else { continue }
            // What comes after the recovery point is gone over anyway.
            if !opening.wasClosedCleanly && isUnflushed(slot) { continue }
            warn("\(segment.path(.log)): \(fault); its indexes are built anew")
            var producers = try producersBefore(slot)
            _ = try recovery(of: segment).run(producers: &producers, epochs: &epochs)
            try segment.syncAll()
        }
    }

    /// Whether the segment may hold batches that were not synced.
    private func isUnflushed(_ slot: Int) -> Bool {
        slot >= (LogView.floor(max(0, opening.recoveryPoint ?? 0), in: segments) ?? 0)
    }

    private func recovery(of segment: Segment, _ progress: RecoveryProgress? = nil) -> SegmentRecovery {
        SegmentRecovery(segment: segment, config: config, loader: producerLoader(segments), progress: progress)
    }

    private func producerLoader(_ segments: [Segment]) -> ProducerStateLoader {
        ProducerStateLoader(
            directory: directory, partition: opening.topicPartition, segments: segments, snapshots: snapshots)
    }

    private func producersBefore(_ slot: Int) throws(FileError) -> ProducerStates {
        try producerLoader(Array(segments[..<slot])).load(
            logStartOffset: min(checkpointedStart, segments[slot].baseOffset), endOffset: segments[slot].baseOffset)
    }

    // MARK: Recovery

    /// Checks what was not synced for certain when the last process ended.
    private mutating func recover() throws(FileError) {
        guard let first = segments.indices.first(where: isUnflushed) else { return }
        var producers = try producersBefore(first)
        var end = segments[first].baseOffset
        let writtenEpochs = epochs
        recoveredFrom = end
        let progress = RecoveryProgress(
            of: directory, totalBytes: segments[first...].reduce(0) { $0 + Int64($1.sizeBytes) })
        for slot in first..<segments.count {
            let segment = segments[slot]
            let result = try recovery(of: segment, progress).run(producers: &producers, epochs: &epochs)
            end = result.nextOffset
            if result.truncatedBytes > 0 {
                if slot + 1 < segments.count { try drop(from: slot + 1) }
                break
            }
            // The state at the beginning of the next segment is needed when that is cut back or damaged later.
            if slot + 1 < segments.count { try writeSnapshot(&producers, at: segments[slot + 1].baseOffset) }
        }
        if epochs != writtenEpochs { areEpochsUnwritten = true }
        recovered = (producers, end)
    }

    private mutating func drop(from slot: Int) throws(FileError) {
        for segment in segments[slot...] {
            warn("\(segment.path(.log)) comes after a bad batch and is removed")
            segment.removeFiles()
        }
        segments.removeSubrange(slot...)
        // None of them may come back behind what is appended from here on.
        try directory.fileSystem.syncDirectory(directory.path)
    }

    private mutating func writeSnapshot(_ producers: inout ProducerStates, at offset: Int64) throws(FileError) {
        producers.endOffset = offset
        guard offset > producers.snapshotOffset else { return }
        let path = directory.path(of: LogFileName(offset: offset, kind: .producerSnapshot))
        let file = try directory.fileSystem.open(path, .truncate)
        try file.write(ProducerStateSnapshot.encode(producers.byId.values), at: 0)
        producers.snapshotOffset = offset
        if !snapshots.contains(offset) { snapshots = (snapshots + [offset]).sorted() }
    }

    // MARK: Offsets

    /// The log's end; makes a first segment when there is none, or none that reaches the start.
    private mutating func findEnd() throws(FileError) -> Int64 {
        if let active = segments.last {
            let end = try endOffset(of: active)
            if end >= checkpointedStart { return end }
            warn(
                "\(directory.path) ends at offset \(end), before its start offset \(checkpointedStart): its segments are "
                    + "removed")
            try drop(from: 0)
            epochs.removeAll()
            areEpochsUnwritten = true
            recovered = nil
        }
        segments = [
            try Segment.create(
                baseOffset: checkpointedStart, in: directory, rollJitterMs: config.randomSegmentJitterMs())
        ]
        return checkpointedStart
    }

    private func endOffset(of active: Segment) throws(FileError) -> Int64 {
        if let recovered { return max(recovered.endOffset, active.baseOffset) }
        if active.sizeBytes == 0 { return active.baseOffset }
        // After a clean stop the recovery point is the end; when another checkpoint says so too, that is looked into
        // only when the log is first used.
        guard opening.wasClosedCleanly, let point = opening.recoveryPoint, point > active.baseOffset else {
            return try active.readNextOffset()
        }
        if opening.highWatermark ?? point == point { return point }
        let end = try active.readNextOffset()
        if end != point {
            warn(
                "\(active.path(.log)) ends at offset \(end), not at offset \(point) as the recovery point checkpoint says "
                    + "after a clean stop")
        }
        return end
    }

    // MARK: Epochs and producers

    private mutating func readEpochs() throws(FileError) {
        do throws(CheckpointError) {
            epochs = try LeaderEpochCache.read(directory) ?? LeaderEpochCache()
            // A crash may have taken all of a file that was written and not synced.
            let isLost = !opening.wasClosedCleanly && epochs.entries.isEmpty && segments.contains { $0.sizeBytes > 0 }
            if !isLost { return }
        } catch {
            if case .file(let error) = error { throw error }
            warn("\(error.message); the epochs are taken from the batches")
        }
        for segment in segments where segment.sizeBytes > 0 {
            var scanner = BatchScanner(file: try segment.logFile(), from: 0, to: segment.sizeBytes)
            while let batch = try scanner.next() {
                if !batch.isLegacy { _ = epochs.assignIfNewer(batch.header) }
            }
        }
        areEpochsUnwritten = true
    }

    /// Snapshots without a segment of the same offset go, but for the newest, which a clean stop leaves. Kafka:
    /// `removeStraySnapshots`.
    private mutating func removeStraySnapshots(end: Int64) throws(FileError) {
        let bases = Set(segments.map(\.baseOffset))
        let last = segments[segments.count - 1].baseOffset
        let newestStray = snapshots.last { !bases.contains($0) }
        for offset in snapshots {
            let isKept = bases.contains(offset) || (offset == newestStray && offset > last)
            if isKept && offset <= end { continue }
            try directory.fileSystem.removeFileIfPresent(
                directory.path(of: LogFileName(offset: offset, kind: .producerSnapshot)))
            snapshots.removeAll { $0 == offset }
        }
    }

    private func loadProducers(start: Int64, end: Int64) throws(FileError) -> ProducerStates {
        if var producers = recovered?.producers {
            producers.endOffset = end
            producers.highWatermarkDidRise(to: end)
            // Of a producer that was silent too long the batches tell as little as a snapshot.
            let environment = directory.environment
            producers.removeExpired(nowMs: environment.now(), afterMs: environment.producerIdExpirationMs)
            return producers
        }
        var producers: ProducerStates
        if snapshots.isEmpty && opening.wasClosedCleanly {
            // Nobody kept a state: there were no producers to remember.
            producers = ProducerStates()
            producers.reset(to: end)
            producers.snapshotOffset = start
        } else {
            producers = try producerLoader(segments).load(logStartOffset: start, endOffset: end)
        }
        producers.highWatermarkDidRise(to: end)
        return producers
    }

    private func warn(_ text: String) {
        directory.environment.observe(.warning(text))
    }
}
