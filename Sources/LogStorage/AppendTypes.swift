// What goes into an append and what comes out of it.

/// Who appends: how much of an append is checked and set. Kafka: `AppendOrigin`.
public enum AppendOrigin: Sendable {
    /// A producer: sequence numbers are checked; base offsets and leader epoch are set.
    case client
    /// A coordinator of this node (offset commits, transaction markers): epochs are checked; base offsets and leader
    /// epoch are set.
    case coordinator
    /// A copy of another node's log: taken as it is, offsets and epochs included.
    case replication
    /// The controller's own log: offsets and epochs come in the batches.
    case raftLeader
}

/// What an append did.
public struct AppendResult: Hashable, Sendable {
    /// The offset of the first record; of the batch already there when `isDuplicate`.
    public var firstOffset: Int64
    /// The offset of the last record.
    public var lastOffset: Int64
    /// For a duplicate, the timestamp kept of the batch already there (what Kafka answers as its append time); else -1,
    /// and the caller knows what LogAppendTime it set.
    public var duplicateTimestampMs: Int64 = -1
    public var logStartOffset: Int64
    /// The batch was there already: one of the last five of this producer. Nothing was written.
    public var isDuplicate = false
    /// `flush.messages` was reached: the append is not to be acknowledged before `PartitionLog.whenFlushed(upTo:)`,
    /// with `lastOffset + 1`, said that it is on disk. The sync is on its way already.
    public var isFlushDue = false
}
