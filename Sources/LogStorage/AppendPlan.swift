// What an append will do, worked out from the batches' headers before anything is written.

import Bytes
import Records

/// The batches of an append with the offsets they will have.
struct AppendPlan {
    private let records: ByteSlice
    let firstOffset: Int64
    let lastOffset: Int64
    private let maxTimestamp: TimestampOffset
    /// Whether offsets are assigned one batch after the other; else they are those in the batches.
    private let assigns: Bool

    /// `firstOffset`: the offset of the first record when the batches do not bring their own.
    init(_ records: ByteSlice, firstOffset: Int64?) throws(LogError) {
        var batches = RecordBatches(bytes: records)
        var next = firstOffset
        var first: Int64?
        var last: Int64 = -1
        var largest = TimestampOffset(timestampMs: -1, offset: -1)
        while let batch = try Self.next(&batches) {
            let base = next ?? batch.baseOffset
            let (end, overflow) = base.addingReportingOverflow(Int64(batch.lastOffsetDelta))
            guard batch.lastOffsetDelta >= 0, !overflow, end < Int64.max, base > last else {
                throw .refused(.corruptMessage, "Record batch with offsets \(base) to \(end) after \(last)")
            }
            if first == nil { first = base }
            last = end
            if batch.maxTimestamp > largest.timestampMs {
                largest = TimestampOffset(timestampMs: batch.maxTimestamp, offset: end)
            }
            if next != nil { next = end + 1 }
        }
        guard let first, batches.remaining == 0 else {
            throw .refused(.corruptMessage, "Records to append are not whole batches")
        }
        self.records = records
        self.firstOffset = first
        lastOffset = last
        maxTimestamp = largest.offset >= 0 ? largest : TimestampOffset(timestampMs: -1, offset: last)
        assigns = firstOffset != nil
    }

    private static func next(_ batches: inout RecordBatches) throws(LogError) -> RecordBatch? {
        do throws(RecordBatchError) {
            return try batches.next()
        } catch {
            throw .refused(.corruptMessage, "Records to append are not whole batches of magic 2: \(error)")
        }
    }

    var appended: AppendedRecords {
        AppendedRecords(bytes: records, lastOffset: lastOffset, maxTimestamp: maxTimestamp)
    }

    /// The batches; their structure was checked.
    var batches: some Sequence<RecordBatch> {
        sequence(state: RecordBatches(bytes: records)) { batches in try? batches.next() }
    }

    /// The batches with the offset that each will begin at.
    private func forEachPlaced(_ body: (RecordBatch, Int64) throws(LogError) -> Void) throws(LogError) {
        var next = firstOffset
        for batch in batches {
            let base = assigns ? next : batch.baseOffset
            try body(batch, base)
            next = base + Int64(batch.lastOffsetDelta) + 1
        }
    }

    /// Writes base offsets and leader epoch into the headers.
    func stamp(leaderEpoch: Int32) {
        var next = firstOffset
        for batch in batches {
            batch.setBaseOffset(next)
            batch.setPartitionLeaderEpoch(leaderEpoch)
            next += Int64(batch.lastOffsetDelta) + 1
        }
    }

    /// The remembered batch that one of these is a copy of. Only producers send twice.
    func duplicate(in producers: ProducerStates, origin: AppendOrigin) -> ProducerBatch? {
        guard origin == .client else { return nil }
        for batch in batches where batch.hasProducerId {
            let duplicate = producers.byId[batch.producerId]?.duplicate(
                epoch: batch.producerEpoch, firstSequence: batch.baseSequence, lastSequence: batch.lastSequence)
            if let duplicate { return duplicate }
        }
        return nil
    }

    /// Checks every batch against its producer's state. Kafka: `analyzeAndValidateProducerState`.
    func checkProducers(
        _ producers: ProducerStates, origin: AppendOrigin, isTransactionVerified: Bool, partition: TopicPartition
    ) throws(LogError) -> ProducerUpdate {
        var update = ProducerUpdate(origin: origin, partition: partition)
        try forEachPlaced { batch, firstOffset throws(LogError) in
            guard batch.hasProducerId else { return }
            let mustBeVerified = origin == .client || origin == .coordinator
            if mustBeVerified && batch.isTransactional && !batch.isControl && !isTransactionVerified,
                !producers.state(of: batch.producerId).hasOpenTransaction
            {
                throw .refused(.invalidTxnState, "Record was not part of an ongoing transaction")
            }
            try update.add(
                batch, end: { () throws(LogError) in try TransactionEnd(batch) }, firstOffset: firstOffset,
                lastOffset: firstOffset + Int64(batch.lastOffsetDelta), producers: producers)
        }
        return update
    }
}

/// What a run of batches does to the producers; taken over when the batches are written.
struct ProducerUpdate {
    private let origin: AppendOrigin
    private let partition: TopicPartition
    /// One for each producer; nearly always one or none.
    private(set) var producers: [ProducerAppend] = []
    private(set) var completed: [CompletedTransaction] = []

    init(origin: AppendOrigin, partition: TopicPartition) {
        self.origin = origin
        self.partition = partition
    }

    /// Takes a batch with a producer id. `end` reads a control batch's marker, nil when its record was cleaned away.
    mutating func add<Batch: RecordBatchFields>(
        _ batch: Batch, end: () throws(LogError) -> TransactionEnd?, firstOffset: Int64, lastOffset: Int64,
        producers states: ProducerStates
    ) throws(LogError) {
        let slot: Int
        if let known = producers.firstIndex(where: { $0.after.producerId == batch.producerId }) {
            slot = known
        } else {
            slot = producers.count
            producers.append(ProducerAppend(states.state(of: batch.producerId), origin: origin))
        }
        guard batch.isControl else {
            try producers[slot].append(batch, firstOffset: firstOffset, lastOffset: lastOffset, partition: partition)
            return
        }
        guard let end = try end() else { return }
        let ended = try producers[slot].append(
            end, producerEpoch: batch.producerEpoch, offset: firstOffset, partition: partition)
        if let ended { completed.append(ended) }
    }
}
