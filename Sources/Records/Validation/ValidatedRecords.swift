// Records that were checked, and what the append of them comes to.

import Bytes

/// A batch that was checked outside its partition's lock, and only lacks its offsets.
public struct ValidatedRecords: Sendable {
    /// The batch as it is to be stored: the bytes that came, patched, without what followed them; or a new buffer when
    /// it had to be written anew.
    public let batch: RecordBatch
    /// The codec that the batch came with.
    public let sourceCodec: CompressionCodec
    /// How many offsets it takes.
    public let recordCount: Int64
    /// The largest timestamp (ms), -1 when no record has one.
    public let maxTimestamp: Int64
    /// The time that LogAppendTime set (ms); -1 for CreateTime. The Produce answer's `logAppendTimeMs`.
    public let logAppendTimeMs: Int64
    /// Whether `batch` was written anew (another codec).
    public let wasRebuilt: Bool
    /// Kafka records the offset of the maximum timestamp as the batch's last, or as -1.
    let hasOffsetOfMaxTimestamp: Bool

    public var bytes: ByteSlice { batch.bytes }

    /// Gives the batch its place: writes base offset and leader epoch into the header, and nothing else. Cheap; meant
    /// to be called with the partition locked.
    public func assignOffsets(from firstOffset: Int64, leaderEpoch: Int32) -> LogAppendInfo {
        let lastOffset = firstOffset &+ recordCount &- 1
        batch.setLastOffset(lastOffset)
        batch.setPartitionLeaderEpoch(leaderEpoch)
        return LogAppendInfo(
            firstOffset: firstOffset, lastOffset: lastOffset, lastLeaderEpoch: leaderEpoch, maxTimestamp: maxTimestamp,
            shallowOffsetOfMaxTimestamp: hasOffsetOfMaxTimestamp ? lastOffset : -1, logAppendTimeMs: logAppendTimeMs,
            sourceCodec: sourceCodec, validBytes: bytes.count, lastOffsetOfFirstBatch: lastOffset)
    }
}

/// What an append comes to. Kafka: `LogAppendInfo`.
public struct LogAppendInfo: Hashable, Sendable {
    public var firstOffset: Int64
    public var lastOffset: Int64
    /// The last batch's leader epoch; nil when there is none (-1).
    public var lastLeaderEpoch: Int32?
    /// The largest timestamp (ms), -1 when there is none.
    public var maxTimestamp: Int64
    /// The last offset of the batch that holds the largest timestamp: what the time index is given; -1 when there is
    /// none.
    public var shallowOffsetOfMaxTimestamp: Int64
    /// The time that LogAppendTime set (ms), else -1.
    public var logAppendTimeMs: Int64
    public var sourceCodec: CompressionCodec
    /// The bytes to store; what follows them is a cut batch.
    public var validBytes: Int
    public var lastOffsetOfFirstBatch: Int64
}
