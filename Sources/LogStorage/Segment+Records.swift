// Opening one batch of a segment, to look at its records' timestamps.

import Bytes
import Files
import KafkaWire
import Records

extension Segment {
    /// The first record of a batch for which `matches` its timestamp and offset; nil too in a batch whose records
    /// cannot be read.
    func record(
        in batch: BatchPosition, where matches: (_ timestampMs: Int64, _ offset: Int64) -> Bool
    ) throws(FileError) -> TimestampAndOffset? {
        let bytes = try logFile().read(count: batch.sizeBytes, at: Int64(batch.position))
        do throws(RecordFault) {
            if batch.isLegacy { return try Self.legacyRecord(in: bytes, where: matches) }
            guard let whole = RecordBatch(bytes) else { return nil }
            let epoch = whole.partitionLeaderEpoch >= 0 ? whole.partitionLeaderEpoch : nil
            var cursor = try RecordCursor(whole, contents: .heads)
            while try cursor.next() {
                guard matches(cursor.timestamp, cursor.offset) else { continue }
                return TimestampAndOffset(timestampMs: cursor.timestamp, offset: cursor.offset, leaderEpoch: epoch)
            }
        } catch {
            directory.environment.observe(
                .warning("\(path(.log)): the batch at offset \(batch.header.baseOffset) cannot be opened (\(error))"))
        }
        return nil
    }

    /// As `record(in:where:)`, in a batch of magic 0 or 1, which has no leader epoch.
    private static func legacyRecord(
        in bytes: ByteSlice, where matches: (_ timestampMs: Int64, _ offset: Int64) -> Bool
    ) throws(RecordFault) -> TimestampAndOffset? {
        guard let whole = LegacyBatch(bytes) else { return nil }
        var cursor = try LegacyCursor(whole)
        while try cursor.next() {
            guard matches(cursor.timestamp, cursor.offset) else { continue }
            return TimestampAndOffset(timestampMs: cursor.timestamp, offset: cursor.offset, leaderEpoch: nil)
        }
        return nil
    }
}
