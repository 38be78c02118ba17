// Which transactions a pass over a log is in the middle of, and what may go of them.

import Records

/// Follows the transactions of the batches in their order. Kafka: `CleanedTransactionMetadata`.
struct CleanedTransactions {
    private struct Aborted {
        let transaction: AbortedTxn
        var hasBatches = false
    }

    /// Those that begin later, by first offset, the next one last.
    private var upcoming: [AbortedTxn] = []
    private var aborted: [Int64: Aborted] = [:]
    /// Producers with a transaction that is committed, or not ended where the pass ends.
    private var committed: Set<Int64> = []

    /// Aborted transactions of the part that comes next; one may be told more than once.
    mutating func add(_ transactions: [AbortedTxn]) {
        guard !transactions.isEmpty else { return }
        upcoming = (upcoming + transactions).sorted { $0.firstOffset > $1.firstOffset }
    }

    /// Takes a batch of data; true when it belongs to an aborted transaction, and nobody is to read it.
    mutating func take(_ batch: RecordBatch) -> Bool {
        begin(upTo: batch.lastOffset)
        guard batch.isTransactional else { return false }
        if aborted[batch.producerId] != nil {
            aborted[batch.producerId]?.hasBatches = true
            return true
        }
        committed.insert(batch.producerId)
        return false
    }

    /// Takes a control batch. `isObsolete`: nothing of its transaction was met, so the marker may go once its time is
    /// over. `kept`: the aborted transaction that the index of the cleaned segment still needs.
    mutating func take(control batch: RecordBatch) throws(RecordFault) -> (isObsolete: Bool, kept: AbortedTxn?) {
        begin(upTo: batch.lastOffset)
        var cursor = try RecordCursor(batch)
        // An empty one was cleaned before.
        guard try cursor.next() else { return (true, nil) }
        guard let key = cursor.key else { throw .malformed("control record without a key") }
        switch try ControlRecordType.read(key: key) {
        case .abort:
            guard let ended = aborted.removeValue(forKey: batch.producerId), ended.hasBatches else {
                return (true, nil)
            }
            return (false, ended.transaction)
        case .commit:
            return (committed.remove(batch.producerId) == nil, nil)
        default:
            return (false, nil)
        }
    }

    private mutating func begin(upTo offset: Int64) {
        while let next = upcoming.last, next.firstOffset <= offset {
            upcoming.removeLast()
            if aborted[next.producerId] == nil { aborted[next.producerId] = Aborted(transaction: next) }
        }
    }
}
