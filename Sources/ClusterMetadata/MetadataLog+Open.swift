// Opening the metadata log: the newest snapshot, and the records behind it.

import Bytes
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records

extension MetadataLog {
    /// How much of the log is read at once; a larger batch is read alone.
    private static let readBytes = 1 << 20

    /// Opens the log in `path` and replays it. The epoch is one more than any that was led in before.
    /// - Parameter wasClosedCleanly: whoever had the directory before stopped in order: the log's data need no
    /// recovery.
    static func open(
        _ path: String, nodeId: Int32, settings: MetadataLogSettings, environment: LogEnvironment,
        wasClosedCleanly: Bool
    ) throws(MetadataStoreError) -> (MetadataLog, MetadataReplay) {
        let fileSystem = environment.fileSystem
        var ids: [SnapshotId] = []
        var quorum: QuorumState?
        do throws(FileError) {
            try StorageFormat.writePartitionMetadata(in: path, fileSystem: fileSystem)
            try removeUnfinishedSnapshots(in: path, fileSystem: fileSystem)
            ids = try SnapshotId.list(in: path, fileSystem: fileSystem)
            quorum = try QuorumState.read(from: path, fileSystem: fileSystem)
        } catch {
            throw .file(error)
        }
        let log: PartitionLog
        do throws(LogError) {
            log = try PartitionLog.open(
                TopicPartition(topic: TopicName.clusterMetadata, partition: 0), at: path, config: settings.logConfig,
                environment: environment, wasClosedCleanly: wasClosedCleanly)
        } catch {
            throw .log(error)
        }
        let (replay, newest) = try replay(log, ids, path: path, environment: environment)
        let epoch = try nextEpoch(quorum, log, replay)
        let opened = MetadataLog(
            path: path, log: log, environment: environment, settings: settings, epoch: epoch,
            replay: replay, lastSnapshot: newest)
        return (opened, replay)
    }

    /// One more than any epoch that the disk knows of.
    private static func nextEpoch(
        _ quorum: QuorumState?, _ log: PartitionLog, _ replay: MetadataReplay
    ) throws(MetadataStoreError) -> Int32 {
        let ofQuorum = quorum?.leaderEpoch ?? 0
        let last = max(ofQuorum, log.latestLeaderEpoch ?? 0, replay.state.epoch, 0)
        guard last < Int32.max else {
            throw .damaged(
                path: ofQuorum == last ? FilePath.join(log.path, QuorumState.fileName) : log.path,
                reason: "its leader epoch \(last) is the largest there is, and every start needs the next one")
        }
        return last + 1
    }

    private static func removeUnfinishedSnapshots(in path: String, fileSystem: any FileSystem) throws(FileError) {
        for entry in try fileSystem.entries(of: path) where entry.name.hasSuffix(SnapshotId.partSuffix) {
            try fileSystem.removeFileIfPresent(FilePath.join(path, entry.name))
        }
    }

    /// Replays the newest snapshot that can be read and the log behind it. An older snapshot does when the log still
    /// has all that came after it.
    private static func replay(
        _ log: PartitionLog, _ ids: [SnapshotId], path: String, environment: LogEnvironment
    ) throws(MetadataStoreError) -> (MetadataReplay, SnapshotId?) {
        var replay = MetadataReplay()
        var used: SnapshotId?
        var firstProblem: MetadataStoreError?
        for id in ids.reversed() {
            do throws(MetadataStoreError) {
                let file = try SnapshotFile(id, in: path, fileSystem: environment.fileSystem)
                var attempt = MetadataReplay()
                do throws(MetadataReplayError) {
                    try attempt.replay(file)
                } catch {
                    throw MetadataStoreError(error, path: FilePath.join(path, id.fileName))
                }
                replay = attempt
                used = id
                break
            } catch {
                // What another release wrote is not to be gone round.
                if case .refused = error { throw error }
                environment.observe(.warning("\(error); an older snapshot is tried"))
                if firstProblem == nil { firstProblem = error }
            }
        }
        let from = used?.endOffset ?? 0
        guard from >= log.logStartOffset else {
            throw firstProblem
                ?? .damaged(
                    path: path,
                    reason: "the log begins at offset \(log.logStartOffset), and no snapshot holds what came before")
        }
        if from > log.logEndOffset {
            // The log lost its end, or never had what the snapshot holds: it goes on behind the snapshot.
            do throws(LogError) { try log.truncateFully(startingAt: from) } catch { throw .log(error) }
        }
        try self.replay(log, from: from, into: &replay)
        return (replay, used)
    }

    private static func replay(
        _ log: PartitionLog, from offset: Int64, into replay: inout MetadataReplay
    ) throws(MetadataStoreError) {
        var next = offset
        while next < log.logEndOffset {
            let bytes = try read(log, from: next)
            var batches = RecordBatches(bytes: bytes)
            let before = next
            while let batch = try nextBatch(&batches, path: log.path, offset: next) {
                // A read begins with the batch that holds the offset, which may begin before a snapshot's end.
                if batch.lastOffset < next { continue }
                do throws(MetadataReplayError) {
                    try replay.replay(batch)
                } catch {
                    throw MetadataStoreError(error, path: log.path)
                }
                next = batch.nextOffset
            }
            guard next > before else { throw .damaged(path: log.path, reason: "nothing can be read at offset \(next)") }
        }
    }

    private static func nextBatch(
        _ batches: inout RecordBatches, path: String, offset: Int64
    ) throws(MetadataStoreError) -> RecordBatch? {
        do throws(RecordBatchError) {
            return try batches.next()
        } catch {
            throw .damaged(path: path, reason: "no batch at offset \(offset): \(error)")
        }
    }

    /// The batches from `offset` on, the last one perhaps cut.
    private static func read(_ log: PartitionLog, from offset: Int64) throws(MetadataStoreError) -> ByteSlice {
        do throws(LogError) {
            var found = try log.read(from: offset, maxBytes: readBytes, upTo: .logEnd)
            if found.isFirstBatchCut {
                found = try log.read(from: offset, maxBytes: MetadataBatch.maxSizeBytes * 2, upTo: .logEnd)
            }
            guard let region = found.records, let file = region.owner as? any OpenFile else { return .empty }
            do throws(FileError) {
                return try file.read(count: region.sizeBytes, at: region.position)
            } catch {
                throw LogError.storage(error)
            }
        } catch {
            throw .log(error)
        }
    }
}
