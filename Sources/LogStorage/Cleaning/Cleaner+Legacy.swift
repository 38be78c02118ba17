// Batches of magic 0 and 1 in the second pass: what is left of them becomes a batch of magic 2.

import Files
import Records

extension Cleaner {
    /// What is left of a batch of an old format, whether or not something of it goes; nil: nothing. Kafka 4.3.1 writes
    /// all of them anew too; where nothing is left of the last one before the cleaning's end it fails, and we keep a
    /// batch without records as we do for magic 2.
    func reduce(
        _ batch: LegacyBatch, keepsTombstones: Bool, _ rules: CleaningRules
    ) throws(RecordFault) -> RecordBatch? {
        stats.recordsWithoutKey += try keys.choose(from: batch, isPastHorizon: !keepsTombstones, &kept)
        stats.recordsRead += kept.count
        stats.recordsKept += kept.kept
        stats.bytesRead += Int64(batch.sizeBytes)
        guard kept.kept > 0 else { return batch.nextOffset == rules.endOffset ? batch.emptied() : nil }
        let horizonMs = kept.hasTombstone ? rules.nowMs &+ rules.deleteRetentionMs : nil
        return try batch.keeping(deleteHorizonMs: horizonMs) { kept.contains($0) }
    }

    /// Whether tombstones of old formats stay. They have no delete horizon: those in a segment go that was written
    /// `delete.retention.ms` before the clean part was. Kafka: `legacyDeleteHorizonMs`.
    func keepsTombstones(of segment: Segment) throws(CleaningError) -> Bool {
        guard let legacyHorizonMs, let modifiedMs = try modifiedMs(of: segment) else { return true }
        return modifiedMs > legacyHorizonMs
    }

    /// The time up to which segments' tombstones of old formats may go; nil when nothing was cleaned yet.
    func readLegacyHorizon() throws(CleaningError) -> Int64? {
        guard let last = PartitionLog.slice(segments, from: 0, to: plan.firstDirtyOffset).last else { return nil }
        return try modifiedMs(of: last).map { $0 &- config.deleteRetentionMs }
    }

    /// When the segment's `.log` was last written to; nil when it is not there any more.
    func modifiedMs(of segment: Segment) throws(CleaningError) -> Int64? {
        do throws(FileError) {
            return try log.environment.fileSystem.status(of: segment.path(.log))?.modifiedMs
        } catch {
            throw .storage(error)
        }
    }
}
