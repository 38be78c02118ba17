// What a control batch says of its producer's transaction, and when.

import Bytes
import Records

/// A transaction's marker in a log.
struct TransactionEnd: Hashable, Sendable {
    let marker: EndTransactionMarker
    let timestampMs: Int64

    /// Of a control batch; nil when the batch has no record any more (it was cleaned away). INVALID_RECORD when it ends
    /// no transaction.
    init?(_ batch: RecordBatch) throws(LogError) {
        guard batch.recordCount > 0 else { return nil }
        var found: EndTransactionMarker?
        var timestampMs: Int64 = -1
        do throws(RecordFault) {
            var cursor = try RecordCursor(batch)
            if try cursor.next(), let key = cursor.key {
                found = try EndTransactionMarker.read(key: key, value: cursor.value)
                timestampMs = cursor.timestamp
            }
        } catch {
            throw .refused(.invalidRecord, "Control batch at offset \(batch.baseOffset): \(error)")
        }
        guard let found else {
            throw .refused(.invalidRecord, "Control batch at offset \(batch.baseOffset) is no COMMIT and no ABORT")
        }
        marker = found
        self.timestampMs = timestampMs
    }
}
