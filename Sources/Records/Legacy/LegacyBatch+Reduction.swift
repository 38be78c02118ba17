// What the cleaner makes of a message or a wrapper of an old format: a record batch of magic 2.

import Bytes

extension LegacyBatch {
    /// What a new batch may have at most, with some room for what a compressor holds back.
    private static let maxBatchBytes = Int(Int32.max) - 1 << 20

    /// A batch of magic 2 with those messages for whose place (0 is the first) `isKept` says so; at least one. Codec,
    /// offsets and timestamps stay; it begins at the first and ends at the last that is kept, and has no producer and
    /// no leader epoch. Of magic 0 the timestamps are -1.
    ///
    /// `deleteHorizonMs`: the time from which its tombstones may go. Kafka: `MemoryRecords.buildRetainedRecordsInto`.
    public func keeping(deleteHorizonMs: Int64? = nil, _ isKept: (Int) -> Bool) throws(RecordFault) -> RecordBatch {
        guard let codec else { throw .unreadable("unknown codec") }
        var cursor = try LegacyCursor(self)
        var writer = BatchWriter(CompressionSettings(codec), expectedBytes: codec == .none ? sizeBytes : nil)
        let noHeaders = ScratchBuffer(capacity: 1)
        noHeaders.base.storeBytes(of: 0, as: UInt8.self)
        var frame = BatchFrame(
            codec: codec, timestampType: timestampType, hasDeleteHorizon: deleteHorizonMs != nil)
        var baseTimestamp = deleteHorizonMs
        var maxTimestamp: Int64 = -1
        var lastDelta: Int32 = 0
        var count: Int32 = 0
        var place = 0
        while try cursor.next() {
            defer { place += 1 }
            guard isKept(place) else { continue }
            if count == 0 { frame.baseOffset = cursor.offset }
            // The offsets are not negative, and go up.
            guard let delta = Int32(exactly: cursor.offset - frame.baseOffset), count < .max else {
                throw .malformed("offsets too far apart for a batch")
            }
            guard cursor.timestamp >= -1 else { throw .malformed("a negative timestamp") }
            let (key, value) = (cursor.key, cursor.value)
            let added = (key?.count ?? 0) + (value?.count ?? 0)
            guard added <= Self.maxBatchBytes - writer.sizeBytes else {
                throw .tooLarge(sizeBytes: writer.sizeBytes + added)
            }
            let base = baseTimestamp ?? cursor.timestamp
            baseTimestamp = base
            writer.append(
                timestampDelta: cursor.timestamp &- base, offsetDelta: delta, key: key, value: value,
                headers: UnsafeRawBufferPointer(start: noHeaders.base, count: 1))
            maxTimestamp = max(maxTimestamp, cursor.timestamp)
            lastDelta = delta
            count += 1
        }
        precondition(count > 0, "a batch without records is `emptied`")
        return writer.finish(
            frame, lastOffsetDelta: lastDelta, baseTimestamp: baseTimestamp ?? -1,
            maxTimestamp: timestampType == .logAppendTime ? timestamp : maxTimestamp, recordCount: count)
    }

    /// A batch of magic 2 without records, kept for its last offset.
    public func emptied() -> RecordBatch {
        BatchWriter(.none, expectedBytes: 0).finish(
            BatchFrame(baseOffset: lastOffset, timestampType: timestampType), lastOffsetDelta: 0, baseTimestamp: -1,
            maxTimestamp: timestamp, recordCount: 0)
    }
}
