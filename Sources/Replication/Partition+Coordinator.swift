// Appending for a coordinator of this node: group metadata, offsets, transactions.

import Bytes
import KafkaWire
import LogStorage
import Records

extension Partition {
    /// What a coordinator's batch may take, in bytes: the topic's `max.message.bytes`.
    public var maxCoordinatorBatchBytes: Int { Int(log.config.values.maxMessageSizeBytes) }

    /// Appends a batch that a coordinator built. It is in the log when this returns.
    /// MESSAGE_TOO_LARGE for a batch beyond the topic's `max.message.bytes`, and what the log refuses.
    public func appendFromCoordinator(_ batch: RecordBatch) throws(AppendRefusal) -> AppendResult {
        guard batch.sizeBytes <= log.config.values.maxMessageSizeBytes else {
            throw AppendRefusal(.messageTooLarge, logStartOffset: log.logStartOffset)
        }
        do {
            return try log.append(batch.bytes, leaderEpoch: leaderEpoch, origin: .coordinator)
        } catch {
            throw AppendRefusal(error, logStartOffset: log.logStartOffset)
        }
    }
}
