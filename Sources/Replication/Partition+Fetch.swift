// Reading a partition for Fetch.

import KafkaMessages
import KafkaWire
import LogStorage

/// What a Fetch found in one partition.
public struct PartitionRead: Sendable {
    /// The batches; never nil, since Kafka answers empty records rather than none.
    public let records: RecordsPayload
    public let highWatermark: Int64
    public let lastStableOffset: Int64
    public let logStartOffset: Int64
    /// For readers of committed records only.
    public let abortedTransactions: [AbortedTransaction]?
    /// Where the client's log and this one part, when they do. KIP-595.
    public let divergingEpoch: EpochEndOffset?
}

extension Partition {
    /// Reads from `offset` on.
    ///
    /// - Parameters:
    ///   - currentLeaderEpoch: the leader epoch that the client knows, -1 for none.
    ///   - lastFetchedEpoch: the epoch of the client's last record, -1 for none.
    ///   - minOneMessage: give the first batch whole even when it is larger than `maxBytes`.
    public func fetch(
        from offset: Int64, currentLeaderEpoch: Int32, lastFetchedEpoch: Int32, maxBytes: Int, minOneMessage: Bool,
        isolation: ReadIsolation
    ) throws(PartitionError) -> PartitionRead {
        try checkLeaderEpoch(currentLeaderEpoch)
        if lastFetchedEpoch >= 0 {
            let diverging = try divergingEpoch(lastFetchedEpoch: lastFetchedEpoch, fetchOffset: offset)
            if let diverging { return emptyRead(diverging: diverging) }
        }
        let result: ReadResult
        do {
            result = try log.read(from: offset, maxBytes: maxBytes, upTo: isolation, minOneMessage: minOneMessage)
        } catch {
            throw PartitionError(ErrorCode(rawValue: error.code.rawValue))
        }
        // A first batch that does not fit is left out: the client makes progress by the partition that gives one whole.
        let records: RecordsPayload
        if let region = result.records, !result.isFirstBatchCut {
            records = .file(region)
        } else {
            records = .bytes(.empty)
        }
        return PartitionRead(
            records: records, highWatermark: result.offsets.highWatermark,
            lastStableOffset: result.offsets.lastStableOffset, logStartOffset: result.offsets.logStartOffset,
            abortedTransactions: result.abortedTransactions, divergingEpoch: nil)
    }

    /// The end of the client's last epoch here, when the client has records beyond it; nil when the two logs agree.
    private func divergingEpoch(lastFetchedEpoch: Int32, fetchOffset: Int64) throws(PartitionError) -> EpochEndOffset? {
        guard let end = log.endOffset(forEpoch: lastFetchedEpoch) else { throw PartitionError(.offsetOutOfRange) }
        if fetchOffset < log.logStartOffset { throw PartitionError(.offsetOutOfRange) }
        return end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset ? end : nil
    }

    private func emptyRead(diverging: EpochEndOffset) -> PartitionRead {
        let offsets = log.offsets
        return PartitionRead(
            records: .bytes(.empty), highWatermark: offsets.highWatermark, lastStableOffset: offsets.lastStableOffset,
            logStartOffset: offsets.logStartOffset, abortedTransactions: nil, divergingEpoch: diverging)
    }
}
