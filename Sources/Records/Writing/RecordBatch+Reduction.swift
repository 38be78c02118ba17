// What the cleaner makes of a batch of which records go.

import Bytes

extension RecordBatch {
    /// The batch with those of its records for whose place in it (0 is the first) `isKept` says so; at least one.
    /// Offsets, timestamps, sequence numbers, producer and last offset stay. The codec stays, at its default level.
    ///
    /// `deleteHorizonMs`: the time from which its tombstones or its marker may go; one that the batch has already stays
    /// when this is nil. Kafka: `MemoryRecords.buildRetainedRecordsInto`.
    public func keeping(deleteHorizonMs: Int64? = nil, _ isKept: (Int) -> Bool) throws(RecordFault) -> RecordBatch {
        guard let codec else { throw .unreadable("unknown codec") }
        let horizon = deleteHorizonMs ?? self.deleteHorizonMs
        var cursor = try RecordCursor(self)
        var writer = BatchWriter(CompressionSettings(codec), expectedBytes: codec == .none ? payload.count : nil)
        var baseTimestamp = horizon
        var maxTimestamp: Int64 = -1
        var count: Int32 = 0
        var place = 0
        while try cursor.next() {
            defer { place += 1 }
            guard isKept(place) else { continue }
            let base = baseTimestamp ?? cursor.timestamp
            baseTimestamp = base
            writer.append(
                timestampDelta: cursor.timestamp &- base,
                offsetDelta: Int32(truncatingIfNeeded: cursor.offset &- baseOffset),
                key: cursor.key, value: cursor.value, headers: cursor.encodedHeaders)
            maxTimestamp = max(maxTimestamp, cursor.timestamp)
            count += 1
        }
        precondition(count > 0, "a batch without records is `emptied`")
        var frame = reducedFrame
        frame.codec = codec
        frame.hasDeleteHorizon = horizon != nil
        return writer.finish(
            frame, lastOffsetDelta: lastOffsetDelta, baseTimestamp: baseTimestamp ?? -1,
            maxTimestamp: timestampType == .logAppendTime ? self.maxTimestamp : maxTimestamp, recordCount: count)
    }

    /// The batch without records: kept for its last offset and for its producer's sequence number. Kafka:
    /// `DefaultRecordBatch.writeEmptyHeader`.
    public func emptied() -> RecordBatch {
        let writer = BatchWriter(.none, expectedBytes: 0)
        return writer.finish(
            reducedFrame, lastOffsetDelta: lastOffsetDelta, baseTimestamp: -1, maxTimestamp: maxTimestamp,
            recordCount: 0)
    }

    private var reducedFrame: BatchFrame {
        BatchFrame(
            baseOffset: baseOffset, partitionLeaderEpoch: partitionLeaderEpoch, timestampType: timestampType,
            isTransactional: isTransactional, isControl: isControl, producerId: producerId,
            producerEpoch: producerEpoch, baseSequence: baseSequence)
    }
}
