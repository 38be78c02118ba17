// Looking up offsets of a partition: ListOffsets and OffsetForLeaderEpoch.

import KafkaMessages
import KafkaWire
import LogStorage

extension Partition {
    /// The offset for a timestamp or one of the special timestamps; nil when no record is that young.
    ///
    /// - Parameters:
    ///   - isolation: what the client may see; `.logEnd` for followers.
    ///   - currentLeaderEpoch: the leader epoch that the client knows, -1 for none.
    public func offset(
        forTimestamp timestampMs: Int64, isolation: ReadIsolation, currentLeaderEpoch: Int32
    ) throws(PartitionError) -> TimestampAndOffset? {
        try checkLeaderEpoch(currentLeaderEpoch)
        let offsets = log.offsets
        let lastFetchableOffset =
            switch isolation {
            case .logEnd: offsets.logEndOffset
            case .highWatermark: offsets.highWatermark
            case .lastStableOffset: offsets.lastStableOffset
            }
        if timestampMs == SpecialTimestamp.latest {
            return TimestampAndOffset(timestampMs: -1, offset: lastFetchableOffset, leaderEpoch: leaderEpoch)
        }
        let found: TimestampAndOffset?
        do {
            found = try log.offset(forTimestamp: timestampMs)
        } catch {
            throw PartitionError(ErrorCode(rawValue: error.code.rawValue))
        }
        if timestampMs == SpecialTimestamp.earliest || timestampMs == SpecialTimestamp.earliestLocal { return found }
        // A record that the client may not see yet is as good as none.
        return found.flatMap { $0.offset < lastFetchableOffset ? $0 : nil }
    }

    /// Where the records of `epoch` end. Both fields are -1 when the log knows nothing of it.
    public func endOffset(
        forLeaderEpoch epoch: Int32, currentLeaderEpoch: Int32
    ) throws(PartitionError) -> EpochEndOffset {
        try checkLeaderEpoch(currentLeaderEpoch)
        return log.endOffset(forEpoch: epoch) ?? .unknown
    }
}
