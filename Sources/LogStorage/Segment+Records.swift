// Opening one batch of a segment, to look at its records' timestamps.

import Bytes
import Files
import KafkaWire
import Records

extension Segment {
    /// The first record of a batch for which `matches` its timestamp and offset; nil too in a batch whose records
    /// cannot be read, and in one of an old format.
    func record(
        in batch: BatchPosition, where matches: (_ timestampMs: Int64, _ offset: Int64) -> Bool
    ) throws(FileError) -> TimestampAndOffset? {
        guard !batch.isLegacy else { return nil }
        let epoch = batch.header.partitionLeaderEpoch >= 0 ? batch.header.partitionLeaderEpoch : nil
        let bytes = try logFile().read(count: batch.sizeBytes, at: Int64(batch.position))
        guard let whole = RecordBatch(bytes) else { return nil }
        do throws(RecordFault) {
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
}
