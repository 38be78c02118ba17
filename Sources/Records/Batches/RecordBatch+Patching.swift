// What a broker writes into a batch that a producer made.

import Bytes

extension RecordBatch {
    /// Writes the offset of the first record. Outside the CRC.
    public func setBaseOffset(_ offset: Int64) {
        bytes.store(offset, at: RecordBatchLayout.baseOffset)
    }

    /// Writes the base offset that gives the last record `offset`. Kafka: `setLastOffset`.
    public func setLastOffset(_ offset: Int64) {
        setBaseOffset(offset &- Int64(lastOffsetDelta))
    }

    /// Writes the epoch of the leader that took the batch. Outside the CRC.
    public func setPartitionLeaderEpoch(_ epoch: Int32) {
        bytes.store(epoch, at: RecordBatchLayout.partitionLeaderEpoch)
    }

    /// Writes timestamp type and largest timestamp, and the CRC anew; writes nothing when both stand there already.
    ///
    /// As Kafka's does, it clears the attributes' unused high byte (and bit 7) when it has to write.
    public func setMaxTimestamp(_ maxTimestamp: Int64, type: TimestampType) {
        if timestampType == type && self.maxTimestamp == maxTimestamp { return }
        let kept = attributes & 0x77
        let typeBit = type == .logAppendTime ? RecordBatchLayout.logAppendTimeBit : 0
        bytes.store(kept | typeBit, at: RecordBatchLayout.attributes)
        bytes.store(maxTimestamp, at: RecordBatchLayout.maxTimestamp)
        bytes.store(computedCrc, at: RecordBatchLayout.crc)
    }
}
