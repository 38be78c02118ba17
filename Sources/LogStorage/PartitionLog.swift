// One partition's log: segments, their indexes, and what is known of epochs and producers.
//
// Three locks, in this order:
//   structure  held by who takes segments out of the log: retention, the cleaner, a cut, closing. Appends do not.
//   writer   held by whoever appends, rolls, truncates or closes, across the writes to files.
//   view     held for some loads and stores, never across IO: what readers need, all of one moment.
// Below both is each segment's own `state`. Listeners are called with none of them held.

import Bytes
import Files
import KafkaWire
import Records
import Synchronization

/// A partition's log. Kafka: `UnifiedLog`.
///
/// Every call is safe from any thread. The offsets are lock-free to read. A failed write or sync takes the log's whole
/// log directory offline: from then on every call throws `LogError.storage`.
public final class PartitionLog: Sendable {
    public let topicPartition: TopicPartition
    let directory: PartitionDirectory
    let writer: Mutex<LogWriter>
    let view: Mutex<LogView>
    /// Held while segments are replaced or taken out; before `writer`.
    let structure = Mutex<Void>(())
    let startOffsetValue: Atomic<Int64>
    let endOffsetValue: Atomic<Int64>
    let highWatermarkValue: Atomic<Int64>
    let lastStableOffsetValue: Atomic<Int64>
    let recoveryPointValue: Atomic<Int64>
    /// Held while `leader-epoch-checkpoint` is written; before `view`. Whether it was written and not synced.
    let epochFile: Mutex<Bool>
    let listeners = Mutex<[ObjectIdentifier: any LogListener]>([:])
    let listenerCount = Atomic<Int>(0)

    /// A log as `LogLoader` found it.
    init(loaded: LoadedLog) {
        topicPartition = loaded.topicPartition
        directory = loaded.directory
        let end = loaded.endOffset
        let start = loaded.startOffset
        let unstable = loaded.producers.firstUnstableOffset.map { max($0, start) }
        let stable = min(unstable ?? end, end)
        writer = Mutex(
            LogWriter(
                producers: loaded.producers, snapshotOffsets: loaded.snapshotOffsets,
                isTailChecked: loaded.isTailChecked,
                areNamesSynced: loaded.areNamesSynced))
        view = Mutex(
            LogView(
                segments: loaded.segments, config: loaded.config, topicId: loaded.topicId, epochs: loaded.epochs,
                offsets: LogOffsets(
                    logStartOffset: start, lastStableOffset: stable, highWatermark: end, logEndOffset: end),
                firstUnstableOffset: unstable))
        view.withLock { view in
            view.areEpochsUnwritten = loaded.areEpochsUnwritten
            view.isTailUnchecked = !loaded.isTailChecked && view.active.sizeBytes > 0
        }
        // After an unclean stop what was read may be in memory only.
        epochFile = Mutex(!loaded.areNamesSynced && !loaded.epochs.entries.isEmpty)
        startOffsetValue = Atomic(start)
        endOffsetValue = Atomic(end)
        highWatermarkValue = Atomic(end)
        lastStableOffsetValue = Atomic(stable)
        recoveryPointValue = Atomic(max(loaded.recoveryPoint, start))
        directory.onIndexDamage { [weak self] segment in self?.mendLater(segment) }
    }

    // MARK: Offsets

    /// The offset of the first record that may be read.
    public var logStartOffset: Int64 { startOffsetValue.load(ordering: .sequentiallyConsistent) }
    /// The offset that the next record gets.
    public var logEndOffset: Int64 { endOffsetValue.load(ordering: .sequentiallyConsistent) }
    /// The end of what all in-sync replicas have.
    public var highWatermark: Int64 { highWatermarkValue.load(ordering: .sequentiallyConsistent) }
    /// The end of what read_committed readers see.
    public var lastStableOffset: Int64 { lastStableOffsetValue.load(ordering: .sequentiallyConsistent) }
    /// Records before it are on disk for certain.
    public var recoveryPoint: Int64 { recoveryPointValue.load(ordering: .sequentiallyConsistent) }
    /// All of one moment.
    public var offsets: LogOffsets { view.withLock { $0.offsets } }
    /// The bytes of all segments.
    public var sizeBytes: Int64 { view.withLock { $0.segments }.reduce(0) { $0 + Int64($1.sizeBytes) } }
    public var segmentCount: Int { view.withLock { $0.segments.count } }

    // MARK: What it is

    /// The partition's directory; another one once the log is deleted.
    public var path: String { directory.path }
    public var topicId: Uuid? { view.withLock { $0.topicId } }
    public var config: SharedLogConfig { view.withLock { $0.config } }

    /// Takes on a topic's new settings, from the next append on.
    public func updateConfig(_ config: SharedLogConfig) {
        view.withLock { $0.config = config }
        if config.values.cleanupPolicy.contains(.compact) { directory.changes?.note(.cleanable) }
    }

    var environment: LogEnvironment { directory.environment }
    var health: DirectoryHealth { directory.health }

    // MARK: Listeners

    /// See `LogListener` for how to wait without missing anything.
    public func addListener(_ listener: any LogListener) {
        let count = listeners.withLock { known in
            known[ObjectIdentifier(listener)] = listener
            return known.count
        }
        listenerCount.store(count, ordering: .sequentiallyConsistent)
    }

    public func removeListener(_ listener: any LogListener) {
        listeners.withLock { known in
            known.removeValue(forKey: ObjectIdentifier(listener))
            if known.isEmpty { known = [:] }
            listenerCount.store(known.count, ordering: .sequentiallyConsistent)
        }
    }

    /// Tells the listeners; no lock of the log is held.
    public func notifyListeners() {
        guard listenerCount.load(ordering: .sequentiallyConsistent) > 0 else { return }
        for listener in listeners.withLock({ $0 }).values { listener.logDidAdvance(self) }
    }
}

/// What only the writer needs; behind `PartitionLog.writer`.
struct LogWriter: Sendable {
    var producers: ProducerStates
    /// The producer snapshots on disk, ascending.
    var snapshotOffsets: [Int64]
    /// Whether the end of the last segment was looked at since the log was opened.
    var isTailChecked: Bool
    var isClosed = false
    /// Whether the names of the directory and of what was found in it are on disk for certain.
    var areNamesSynced: Bool
    /// An append since the last sync is waiting for `flush.ms`.
    var isFlushScheduled = false
    /// The snapshot that closing wrote.
    var unsyncedSnapshot: Int64?
    /// Up to here `flush.messages` asks for a sync: until it is done, the high watermark does not follow the log's end.
    var flushDueOffset: Int64 = 0

    init(producers: ProducerStates, snapshotOffsets: [Int64], isTailChecked: Bool, areNamesSynced: Bool) {
        self.producers = producers
        self.snapshotOffsets = snapshotOffsets
        self.isTailChecked = isTailChecked
        self.areNamesSynced = areNamesSynced
    }
}

/// What readers need; behind `PartitionLog.view`.
struct LogView: Sendable {
    /// By base offset; never empty, the last one is the active one.
    var segments: [Segment]
    var config: SharedLogConfig
    var topicId: Uuid?
    var epochs: LeaderEpochCache
    /// Whether `epochs` differs from the checkpoint on disk.
    var areEpochsUnwritten = false
    /// Whether the last of `epochs`, which has no records yet, is not in the checkpoint on disk.
    var isLastEpochUnwritten = false
    var isEpochWriteScheduled = false
    var offsets: LogOffsets
    /// The active segment's bytes up to `offsets.logEndOffset`.
    var activeSizeBytes: Int
    /// Where the first segment began of those that were dropped before they were synced, as long as a crash may bring
    /// them back: a start has to go over them then.
    var firstGoneUnsynced: Int64?
    /// The first offset of a transaction that is not decided, never before the log start offset; nil when there is
    /// none.
    var firstUnstableOffset: Int64?
    /// Whether nobody looked yet where the last segment ends: `LogWriter.isTailChecked` for those without its lock.
    var isTailUnchecked = false
    /// This node is the only replica: the high watermark is the end of the log.
    var followsEnd = true
    /// Where a bound (high watermark, last stable offset) below the log's end was found last.
    var lastBound: BoundPosition?

    init(
        segments: [Segment], config: SharedLogConfig, topicId: Uuid?, epochs: LeaderEpochCache, offsets: LogOffsets,
        firstUnstableOffset: Int64?
    ) {
        self.segments = segments
        self.config = config
        self.topicId = topicId
        self.epochs = epochs
        self.offsets = offsets
        activeSizeBytes = segments[segments.count - 1].sizeBytes
        self.firstUnstableOffset = firstUnstableOffset
    }

    var active: Segment { segments[segments.count - 1] }

    /// The place of the last segment that begins at `offset` or before; nil when all begin after it.
    static func floor(_ offset: Int64, in segments: [Segment]) -> Int? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

/// Where an offset lies.
struct BoundPosition: Sendable {
    let offset: Int64
    let segmentBaseOffset: Int64
    let position: Int
}
