// Which batches get index entries, when a segment is gone over from its beginning: for recovery, and for building
// indexes anew.

/// Decides about one batch after the other. Kafka: the loop of `LogSegment.recover`.
struct BatchIndexer {
    let baseOffset: Int64
    /// `index.interval.bytes`
    let intervalBytes: Int
    /// The largest timestamp so far; -1 when there is none.
    private(set) var largest: TimestampOffset
    private var lastIndexedPosition = 0

    init(baseOffset: Int64, intervalBytes: Int) {
        self.baseOffset = baseOffset
        self.intervalBytes = intervalBytes
        largest = TimestampOffset(timestampMs: -1, offset: baseOffset)
    }

    /// The entry that is due at `batch`; along with it goes one of the time index, of `largest`.
    mutating func entry(at batch: BatchPosition) -> OffsetIndexEntry? {
        if batch.maxTimestamp > largest.timestampMs {
            largest = TimestampOffset(timestampMs: batch.maxTimestamp, offset: batch.lastOffset)
        }
        guard batch.position - lastIndexedPosition > intervalBytes else { return nil }
        lastIndexedPosition = batch.position
        return OffsetIndexEntry(
            relativeOffset: Int32(clamping: batch.lastOffset &- baseOffset), position: Int32(clamping: batch.position))
    }

    /// The bytes from the last entry's batch on, of a segment that ends at `position`.
    func bytesSinceEntry(endingAt position: Int) -> Int { position - lastIndexedPosition }
}
