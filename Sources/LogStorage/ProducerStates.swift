// The producers of one log: who may write what next, and which transactions are open. Kafka: `ProducerStateManager`.

/// A transaction that keeps the last stable offset back. Kafka: `TxnMetadata`.
struct TransactionRange: Hashable, Sendable {
    let producerId: Int64
    let firstOffset: Int64
    /// The marker's; -1 while the transaction is open.
    var lastOffset: Int64 = -1
}

/// The state of all producers, as of `endOffset`.
struct ProducerStates: Sendable {
    private(set) var byId: [Int64: ProducerState] = [:]
    /// Open transactions, by first offset.
    private(set) var open: [TransactionRange] = []
    /// Ended ones whose markers are not yet below the high watermark, by first offset.
    private(set) var unreplicated: [TransactionRange] = []
    /// All batches before it are in the state.
    var endOffset: Int64 = 0
    /// The offset of the newest snapshot on disk, or where the state began.
    var snapshotOffset: Int64 = 0

    var isEmpty: Bool { byId.isEmpty && unreplicated.isEmpty }

    func state(of producerId: Int64) -> ProducerState {
        byId[producerId] ?? ProducerState(producerId: producerId)
    }

    /// The first offset that a read_committed reader may not see yet.
    var firstUnstableOffset: Int64? {
        switch (open.first?.firstOffset, unreplicated.first?.firstOffset) {
        case (let one?, let other?): min(one, other)
        case (let one, let other): one ?? other
        }
    }

    /// Takes over what an append did to a producer.
    mutating func update(_ append: ProducerAppend) {
        byId[append.after.producerId] = append.after
        for first in append.startedTransactions {
            insert(TransactionRange(producerId: append.after.producerId, firstOffset: first), into: &open)
        }
    }

    /// What a snapshot says of a producer.
    mutating func load(_ state: ProducerState) {
        byId[state.producerId] = state
        if state.hasOpenTransaction {
            insert(
                TransactionRange(producerId: state.producerId, firstOffset: state.currentTransactionFirstOffset),
                into: &open)
        }
    }

    /// The last stable offset once `transaction` has ended.
    func lastStableOffset(after transaction: CompletedTransaction) -> Int64 {
        open.first { $0.producerId != transaction.producerId }?.firstOffset ?? transaction.lastOffset + 1
    }

    mutating func complete(_ transaction: CompletedTransaction) {
        guard let slot = open.firstIndex(where: { $0.firstOffset == transaction.firstOffset }) else { return }
        var range = open.remove(at: slot)
        range.lastOffset = transaction.lastOffset
        insert(range, into: &unreplicated)
    }

    /// Transactions whose markers are below the high watermark are decided for everybody.
    mutating func highWatermarkDidRise(to offset: Int64) {
        if unreplicated.isEmpty { return }
        unreplicated.removeAll { $0.lastOffset >= 0 && $0.lastOffset < offset }
    }

    /// Records before `offset` are gone, though what is known of their producers stays.
    mutating func logStartDidRise(to offset: Int64, snapshots: [Int64]) {
        highWatermarkDidRise(to: offset)
        endOffset = max(endOffset, offset)
        snapshotOffset = snapshots.last ?? offset
    }

    mutating func removeExpired(nowMs: Int64, afterMs: Int64) {
        guard byId.contains(where: { $0.value.isExpired(nowMs: nowMs, afterMs: afterMs) }) else { return }
        byId = byId.filter { !$0.value.isExpired(nowMs: nowMs, afterMs: afterMs) }
    }

    /// Forgets all producers; the state is that of a log that begins at `offset`.
    mutating func reset(to offset: Int64) {
        self = ProducerStates()
        endOffset = offset
        snapshotOffset = offset
    }

    private func insert(_ range: TransactionRange, into ranges: inout [TransactionRange]) {
        let slot = ranges.firstIndex { $0.firstOffset >= range.firstOffset } ?? ranges.endIndex
        if slot < ranges.endIndex, ranges[slot].firstOffset == range.firstOffset {
            ranges[slot] = range
        } else {
            ranges.insert(range, at: slot)
        }
    }
}
