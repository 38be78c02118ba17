// One partition's log: segments, their indexes, and what is known of epochs and producers.
import Bytes
import Files
import KafkaWire
import Records
import Synchronization

public final class PartitionLog: Sendable {
    public let topicPartition: TopicPartition
    public var topicId: Uuid? { fatalError() }
    /// The directory's path, which changes when the log is renamed for deletion.
    public var path: String { fatalError() }
    public var config: SharedLogConfig { fatalError() }
    public func updateConfig(_ config: SharedLogConfig) { fatalError() }

    /// The offset of the first record that may be read. Lock-free.
    public var logStartOffset: Int64 { fatalError() }
    /// The offset that the next record gets. Lock-free.
    public var logEndOffset: Int64 { fatalError() }
    /// Lock-free.
    public var highWatermark: Int64 { fatalError() }
    /// The end of what read_committed readers see. Lock-free.
    public var lastStableOffset: Int64 { fatalError() }
    /// Records before it are on disk for certain. Lock-free.
    public var recoveryPoint: Int64 { fatalError() }
    /// All segments' bytes.
    public var sizeBytes: Int64 { fatalError() }
    /// All four at one moment
    public var offsets: LogOffsets { fatalError() }

    /// When true (from the start), the high watermark is the log end offset: this node is the only replica. When false,
    /// it moves by `advanceHighWatermark`.
    public func setHighWatermarkFollowsEnd(_ follows: Bool) { fatalError() }
    public func advanceHighWatermark(to offset: Int64) { fatalError() }

    public var latestLeaderEpoch: Int32? { fatalError() }
    /// The leader of `epoch` begins at the log's end. Kafka: `assignEpochStartOffset` when a partition becomes leader.
    public func assignLeaderEpoch(_ epoch: Int32) throws(LogError) { fatalError() }
    public func endOffset(forEpoch epoch: Int32) -> EpochEndOffset? { fatalError() }
    public func leaderEpoch(forOffset offset: Int64) -> Int32? { fatalError() }

    public func append(
        _ records: ByteSlice, leaderEpoch: Int32, origin: AppendOrigin = .client, isTransactionVerified: Bool = false
    ) throws(LogError) -> AppendResult { fatalError() }

    public func read(
        from offset: Int64, maxBytes: Int, upTo isolation: ReadIsolation = .highWatermark, minOneMessage: Bool = true
    ) throws(LogError) -> ReadResult { fatalError() }

    public func offset(forTimestamp timestampMs: Int64) throws(LogError) -> TimestampAndOffset? { fatalError() }

    public func advanceLogStartOffset(to offset: Int64) throws(LogError) { fatalError() }
    public func truncate(to offset: Int64) throws(LogError) { fatalError() }
    public func truncateFully(startingAt offset: Int64) throws(LogError) { fatalError() }

    public func roll() throws(LogError) { fatalError() }
    public func flush() throws(LogError) { fatalError() }
    public func close() throws(LogError) { fatalError() }

    public func activeProducers() -> [ActiveProducer] { fatalError() }
    public func hasOngoingTransaction(producerId: Int64) -> Bool { fatalError() }
    public func removeExpiredProducers() { fatalError() }

    public func addListener(_ listener: any LogListener) { fatalError() }
    public func removeListener(_ listener: any LogListener) { fatalError() }
    init() { fatalError() }
}
