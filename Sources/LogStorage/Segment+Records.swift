// Opening one batch of a segment, to look at its records' timestamps.

import Bytes
import Files
import KafkaWire
import Records

extension Segment {
    /// The first record of a batch for which `matches` its timestamp and offset.
    func record(
        in batch: BatchPosition, where matches: (_ timestampMs: Int64, _ offset: Int64) -> Bool
    ) throws(FileError) -> TimestampAndOffset? {
        guard !batch.isLegacy else { return nil }
        let header = batch.header
        let epoch = header.partitionLeaderEpoch >= 0 ? header.partitionLeaderEpoch : nil
        if header.timestampType == .logAppendTime {
            // All records have the batch's.
            return matches(header.maxTimestamp, header.baseOffset)
                ? TimestampAndOffset(timestampMs: header.maxTimestamp, offset: header.baseOffset, leaderEpoch: epoch) : nil
        }
        let bytes = try logFile().read(count: batch.sizeBytes, at: Int64(batch.position))
        return nil
    }
}
