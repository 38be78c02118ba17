// Writing snapshots, and letting go of what they make superfluous.

import Bytes
import Files
import KafkaWire
import LogStorage

extension MetadataLog {
    /// Whether so much was appended that a snapshot is due.
    var isSnapshotDue: Bool { bytesSinceSnapshot >= settings.maxBytesBetweenSnapshots }

    /// Writes a snapshot of `state`, which holds every committed record, and lets go of old ones. Kafka:
    /// `SnapshotEmitter`, `KafkaMetadataLog.maybeClean`.
    mutating func writeSnapshot(of state: MetadataState) throws(MetadataStoreError) {
        let id = SnapshotId(endOffset: state.offset + 1, epoch: state.epoch)
        guard id.endOffset > (lastSnapshot?.endOffset ?? -1), id.endOffset > 0 else { return }
        let content = SnapshotContent(
            id: id, lastContainedTimestampMs: state.timestampMs, kraftVersion: kraftVersion, voters: voters,
            nowMs: environment.now())
        let part = FilePath.join(path, id.partFileName)
        let pieces: [ByteSlice]
        do throws(WireError) {
            pieces = try content.encode(metadataVersion: state.metadataVersion) { state.forEachRecord($0) }
        } catch {
            throw .damaged(path: part, reason: "a record cannot be written: \(error)")
        }
        do throws(FileError) {
            try fileSystem.write(pieces, to: part).sync()
            try fileSystem.rename(part, to: FilePath.join(path, id.fileName))
            try fileSystem.syncDirectory(path)
            lastSnapshot = id
            bytesSinceSnapshot = 0
            try removeOldSnapshots()
        } catch {
            throw .file(error)
        }
        environment.observe(.note("Wrote the metadata's snapshot \(id.fileName)"))
    }

    /// Deletes the oldest snapshots while log and snapshots together are too large, and those that are too old; the
    /// newest stays. The log then begins where the oldest one left ends.
    private func removeOldSnapshots() throws(FileError) {
        var snapshots: [(id: SnapshotId, status: FileStatus)] = []
        for id in try SnapshotId.list(in: path, fileSystem: fileSystem) {
            if let status = try fileSystem.status(of: FilePath.join(path, id.fileName)) {
                snapshots.append((id, status))
            }
        }
        var total = log.sizeBytes + snapshots.reduce(0) { $0 + $1.status.sizeBytes }
        let oldest = environment.now() - settings.maxRetentionMs
        while snapshots.count > 1 {
            let isTooLarge = settings.maxRetentionBytes >= 0 && total > settings.maxRetentionBytes
            let isTooOld = settings.maxRetentionMs >= 0 && snapshots[0].status.modifiedMs < oldest
            guard isTooLarge || isTooOld else { return }
            let gone = snapshots.removeFirst()
            try fileSystem.removeFileIfPresent(FilePath.join(path, gone.id.fileName))
            total -= gone.status.sizeBytes
            // A refusal leaves more in the log than is needed, no less.
            try? log.advanceLogStartOffset(to: snapshots[0].id.endOffset)
        }
    }
}
