// Appending: one check of the producer, one write, then the new end is visible.

import Bytes
import Files
import Records
import Synchronization

extension PartitionLog {
    /// Appends one or more whole batches of magic 2 that lie one after the other, as `LogValidator` gives them.
    ///
    /// For `.client` and `.coordinator`, base offsets and `leaderEpoch` are written into the batches' headers, in the
    /// memory of `records`; nobody else may be reading that. For the other origins the batches are taken as they are. A
    /// batch that its producer already sent is not written again; see `AppendResult.isDuplicate`.
    ///
    /// `isTransactionVerified`: a transactional batch of a producer without an open transaction here is taken only when
    /// the transaction coordinator was asked. (KIP-890.)
    ///
    /// Refusals: CORRUPT_MESSAGE, RECORD_LIST_TOO_LARGE, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
    /// INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED, KAFKA_STORAGE_ERROR. Kafka: `UnifiedLog.append`.
    public func append(
        _ records: ByteSlice, leaderEpoch: Int32, origin: AppendOrigin = .client, isTransactionVerified: Bool = false
    ) throws(LogError) -> AppendResult {
        try health.check()
        let result = try writer.withLock { writer throws(LogError) in
            try append(
                records, leaderEpoch: leaderEpoch, origin: origin, isTransactionVerified: isTransactionVerified,
                to: &writer)
        }
        if result.isDuplicate { return result }
        if result.isFlushDue { environment.commits.add(self, upTo: result.lastOffset + 1, nil) }
        notifyListeners()
        return result
    }

    private func append(
        _ records: ByteSlice, leaderEpoch: Int32, origin: AppendOrigin, isTransactionVerified: Bool,
        to writer: inout LogWriter
    ) throws(LogError) -> AppendResult {
        try requireOpen(writer)
        try checkTail(&writer)
        let (config, end, start) = view.withLock {
            ($0.config.values, $0.offsets.logEndOffset, $0.offsets.logStartOffset)
        }
        let assignsOffsets = origin == .client || origin == .coordinator
        let plan = try AppendPlan(records, firstOffset: assignsOffsets ? end : nil)
        if !assignsOffsets && plan.firstOffset < end {
            throw .refused(
                .unknownServerError,
                "Unexpected offset in append to \(topicPartition). First offset \(plan.firstOffset) is less than the next "
                    + "offset \(end).")
        }
        if records.count > config.segmentSizeBytes {
            throw .refused(
                .recordListTooLarge,
                "Message batch size is \(records.count) bytes in append to partition \(topicPartition), which exceeds the "
                    + "maximum configured segment size of \(config.segmentSizeBytes).")
        }
        if let duplicate = plan.duplicate(in: writer.producers, origin: origin) {
            var result = AppendResult(duplicate, logStartOffset: start)
            result.isFlushDue = duplicate.lastOffset < writer.flushDueOffset && duplicate.lastOffset >= recoveryPoint
            return result
        }
        let update = try plan.checkProducers(
            writer.producers, origin: origin, isTransactionVerified: isTransactionVerified, partition: topicPartition)
        if assignsOffsets { plan.stamp(leaderEpoch: leaderEpoch) }
        let appended = plan.appended
        try health.guarding { () throws(FileError) in
            let segment = try rollIfNeeded(appended, firstOffset: plan.firstOffset, config: config, writer: &writer)
            assignEpochs(of: plan)
            try write(appended, to: segment, indexIntervalBytes: config.indexIntervalBytes)
            // From here on the records count, even if the transaction index cannot be written.
            try apply(update, to: &writer, segment: segment)
        }
        let newEnd = plan.lastOffset + 1
        writer.producers.endOffset = newEnd
        var result = AppendResult(firstOffset: plan.firstOffset, lastOffset: plan.lastOffset, logStartOffset: start)
        result.isFlushDue = newEnd - max(recoveryPoint, writer.flushDueOffset) >= config.flushMessages
        if result.isFlushDue { writer.flushDueOffset = newEnd } else { scheduleFlush(config, &writer) }
        publishEnd(newEnd, writer: &writer)
        return result
    }

    /// Writes to the active segment. A write that failed half-way leaves nothing behind, if the file can still be cut.
    private func write(
        _ records: AppendedRecords, to segment: Segment, indexIntervalBytes: Int
    ) throws(FileError) {
        let size = segment.sizeBytes
        do throws(FileError) {
            try segment.append(records, indexIntervalBytes: indexIntervalBytes)
        } catch {
            // The directory goes offline with the first error; that of the cut adds nothing.
            try? segment.logFile().truncate(to: Int64(size))
            throw error
        }
    }

    private func assignEpochs(of plan: AppendPlan) {
        view.withLock { view in
            if view.isLastEpochUnwritten {
                view.isLastEpochUnwritten = false
                view.areEpochsUnwritten = true
            }
            for batch in plan.batches {
                if view.epochs.assign(batch.partitionLeaderEpoch, startOffset: batch.baseOffset) {
                    view.areEpochsUnwritten = true
                }
            }
        }
        scheduleEpochWrite()
    }

    /// Takes over what the append did to producers and transactions.
    private func apply(
        _ update: ProducerUpdate, to writer: inout LogWriter, segment: Segment
    ) throws(FileError) {
        if !update.producers.isEmpty { directory.changes?.note(.producers) }
        for producer in update.producers { writer.producers.update(producer) }
        for transaction in update.completed {
            if transaction.isAborted {
                try segment.append(
                    AbortedTxn(
                        producerId: transaction.producerId, firstOffset: transaction.firstOffset,
                        lastOffset: transaction.lastOffset,
                        lastStableOffset: writer.producers.lastStableOffset(after: transaction)))
            }
            writer.producers.complete(transaction)
        }
    }

    /// Makes the new end visible, and the high watermark with it when this node is the only replica: unless a sync is
    /// to come first, since nobody may read what a crash could take back.
    func publishEnd(_ end: Int64, writer: inout LogWriter) {
        let follows = view.withLock { $0.followsEnd } && writer.flushDueOffset <= recoveryPoint
        if follows { writer.producers.highWatermarkDidRise(to: end) }
        directory.changes?.note(.highWatermark)
        publish(writer) { view in
            view.offsets.logEndOffset = end
            view.activeSizeBytes = view.active.sizeBytes
            if follows { view.offsets.highWatermark = end }
        }
    }

    /// Changes the view, and brings the last stable offset and the lock-free copies in line.
    func publish(_ writer: LogWriter, _ change: (inout LogView) -> Void) {
        view.withLock { view in
            change(&view)
            view.firstUnstableOffset = writer.producers.firstUnstableOffset.map { max($0, view.offsets.logStartOffset) }
            let highWatermark = view.offsets.highWatermark
            view.offsets.lastStableOffset = min(view.firstUnstableOffset ?? highWatermark, highWatermark)
            startOffsetValue.store(view.offsets.logStartOffset, ordering: .sequentiallyConsistent)
            lastStableOffsetValue.store(view.offsets.lastStableOffset, ordering: .sequentiallyConsistent)
            highWatermarkValue.store(highWatermark, ordering: .sequentiallyConsistent)
            endOffsetValue.store(view.offsets.logEndOffset, ordering: .sequentiallyConsistent)
        }
    }

    func requireOpen(_ writer: LogWriter) throws(LogError) {
        if writer.isClosed {
            throw .refused(.kafkaStorageError, "The log of \(topicPartition) is closed")
        }
    }
}

extension AppendResult {
    /// The answer for a batch that is there already.
    init(_ duplicate: ProducerBatch, logStartOffset: Int64) {
        self.init(firstOffset: duplicate.firstOffset, lastOffset: duplicate.lastOffset, logStartOffset: logStartOffset)
        duplicateTimestampMs = duplicate.timestampMs
        isDuplicate = true
    }
}
