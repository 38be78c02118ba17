// Checks what one producer appends, before it is written. Kafka: `ProducerAppendInfo`.

import Records

/// A transaction that a marker ended.
struct CompletedTransaction: Hashable, Sendable {
    let producerId: Int64
    let firstOffset: Int64
    /// The marker's.
    let lastOffset: Int64
    let isAborted: Bool
}

/// One producer's state as it will be after the append, built batch by batch.
///
/// Checks are those of Kafka's leader: epochs for clients and coordinators, sequence numbers for clients alone.
struct ProducerAppend: Sendable {
    private let origin: AppendOrigin
    private let before: ProducerState
    private(set) var after: ProducerState
    /// Batches of this append with the state's epoch, if any: what comes first is checked against `before`.
    private var hasOwnBatches = false
    /// First offsets of transactions that began in this append.
    private(set) var startedTransactions: [Int64] = []

    init(_ state: ProducerState, origin: AppendOrigin) {
        before = state
        after = state
        self.origin = origin
    }

    /// Takes a data batch that will be at `firstOffset ... lastOffset`.
    mutating func append<Batch: RecordBatchFields>(
        _ batch: Batch, firstOffset: Int64, lastOffset: Int64, partition: TopicPartition
    ) throws(LogError) {
        try checkEpoch(batch.producerEpoch, offset: firstOffset, partition: partition)
        if origin == .client {
            try checkSequence(batch.producerEpoch, batch.baseSequence, offset: firstOffset, partition: partition)
        }
        after.adopt(epoch: batch.producerEpoch)
        after.add(
            ProducerBatch(
                lastSequence: batch.lastSequence, offsetDelta: Int32(truncatingIfNeeded: lastOffset &- firstOffset),
                lastOffset: lastOffset, timestampMs: batch.maxTimestamp))
        after.lastTimestampMs = batch.maxTimestamp
        hasOwnBatches = true
        if after.hasOpenTransaction && !batch.isTransactional {
            throw .refused(
                .invalidTxnState,
                "Expected transactional write from producer \(producerId) at offset \(firstOffset) in partition "
                    + "\(partition)")
        }
        if !after.hasOpenTransaction && batch.isTransactional {
            after.currentTransactionFirstOffset = firstOffset
            startedTransactions.append(firstOffset)
        }
    }

    /// Takes a transaction's marker at `offset`; gives back the transaction it ended, unless that was empty.
    mutating func append(
        _ end: TransactionEnd, producerEpoch: Int16, offset: Int64, partition: TopicPartition
    ) throws(LogError) -> CompletedTransaction? {
        try checkEpoch(producerEpoch, offset: offset, partition: partition)
        if after.coordinatorEpoch > end.marker.coordinatorEpoch && origin != .replication {
            throw .refused(
                .transactionCoordinatorFenced,
                "Invalid coordinator epoch for producerId \(producerId) at offset \(offset) in partition \(partition): "
                    + "\(end.marker.coordinatorEpoch) (zombie), \(after.coordinatorEpoch) (current)")
        }
        var completed: CompletedTransaction?
        if after.hasOpenTransaction {
            completed = CompletedTransaction(
                producerId: producerId, firstOffset: after.currentTransactionFirstOffset, lastOffset: offset,
                isAborted: !end.marker.isCommit)
        }
        after.adopt(epoch: producerEpoch)
        after.coordinatorEpoch = end.marker.coordinatorEpoch
        after.lastTimestampMs = end.timestampMs
        after.currentTransactionFirstOffset = -1
        return completed
    }

    private var producerId: Int64 { after.producerId }

    private func checkEpoch(_ epoch: Int16, offset: Int64, partition: TopicPartition) throws(LogError) {
        guard epoch < after.epoch, origin != .replication else { return }
        throw .refused(
            .invalidProducerEpoch,
            "Epoch of producer \(producerId) at offset \(offset) in \(partition) is \(epoch), which is smaller than the "
                + "last seen epoch \(after.epoch)")
    }

    private func checkSequence(
        _ epoch: Int16, _ firstSequence: Int32, offset: Int64, partition: TopicPartition
    ) throws(LogError) {
        if epoch != after.epoch {
            // A new epoch begins at 0, unless nothing is known of the producer.
            guard firstSequence != 0, after.epoch != ProducerState.noEpoch else { return }
            throw .refused(
                .outOfOrderSequenceNumber,
                "Invalid sequence number for new epoch of producer \(producerId) at offset \(offset) in partition "
                    + "\(partition): \(epoch) (request epoch), \(firstSequence) (seq. number), "
                    + "\(after.epoch) (current producer epoch)")
        }
        // Nothing is known when all the producer's records were deleted: any number is taken.
        guard before.epoch != ProducerState.noEpoch else { return }
        let last = hasOwnBatches ? after.lastSequence : epoch == before.epoch ? before.lastSequence : -1
        guard !ProducerSequence.isNext(firstSequence, after: last) else { return }
        throw .refused(
            .outOfOrderSequenceNumber,
            "Out of order sequence number for producer \(producerId) at offset \(offset) in partition \(partition): "
                + "\(firstSequence) (incoming seq. number), \(last) (current end sequence number)")
    }
}
