// Appends that come with their offsets: a copy of another node's log, and the controller's own.

import Bytes

extension LogValidator {
    /// Who gives batches with offsets.
    public enum OffsetSource: Sendable {
        /// A leader's log. Batches of an epoch higher than `leaderEpoch` are left out, with all that follow. Any size
        /// goes: the leader took it.
        case replication(leaderEpoch: Int32)
        /// The controller itself, in `leaderEpoch`; every batch has to be of that epoch.
        case raftLeader(leaderEpoch: Int32)
    }

    /// Checks batches that keep the offsets they came with: CRC, and that offsets go up. Kafka:
    /// `UnifiedLog.analyzeAndValidateRecords`. `validBytes` of the answer is 0 when there is nothing to append.
    public static func analyzeReplicated(
        _ records: ByteSlice, from source: OffsetSource, maxMessageSizeBytes: Int
    ) throws(RecordsRefusal) -> LogAppendInfo {
        var batches = RecordBatches(bytes: records)
        var info = LogAppendInfo(
            firstOffset: -1, lastOffset: -1, lastLeaderEpoch: nil, maxTimestamp: -1, shallowOffsetOfMaxTimestamp: -1,
            logAppendTimeMs: -1, sourceCodec: .none, validBytes: 0, lastOffsetOfFirstBatch: -1)
        var isMonotonic = true
        while let batch = try nextBatch(&batches) {
            let maxSizeBytes: Int?
            switch source {
            case .raftLeader(let leaderEpoch):
                if batch.partitionLeaderEpoch != leaderEpoch {
                    throw .inAppend(
                        .invalidRecord, "epoch \(batch.partitionLeaderEpoch) in an append of \(leaderEpoch)")
                }
                maxSizeBytes = maxMessageSizeBytes
            case .replication(let leaderEpoch):
                if batch.partitionLeaderEpoch > leaderEpoch { return try finished(info, isMonotonic) }
                maxSizeBytes = nil
            }
            if info.validBytes == 0 {
                info.firstOffset = batch.baseOffset
                info.lastOffsetOfFirstBatch = batch.lastOffset
            }
            if info.lastOffset >= batch.lastOffset { isMonotonic = false }
            info.lastOffset = batch.lastOffset
            info.lastLeaderEpoch = batch.partitionLeaderEpoch == -1 ? nil : batch.partitionLeaderEpoch
            let codec = try checkBatch(batch, maxSizeBytes: maxSizeBytes)
            if codec != .none { info.sourceCodec = codec }
            if batch.maxTimestamp > info.maxTimestamp {
                info.maxTimestamp = batch.maxTimestamp
                info.shallowOffsetOfMaxTimestamp = info.lastOffset
            }
            info.validBytes += batch.sizeBytes
        }
        return try finished(info, isMonotonic)
    }

    private static func finished(_ info: LogAppendInfo, _ isMonotonic: Bool) throws(RecordsRefusal) -> LogAppendInfo {
        guard isMonotonic else { throw .inAppend(.unknownServerError, "offsets of an append do not go up") }
        return info
    }
}
