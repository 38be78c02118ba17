// One of the `log.dirs`: its lock, its identity, its checkpoints.

import Files
import KafkaWire
import Synchronization

/// A log directory held by this process alone, until `release`.
public final class LogDirectory: Sendable {
    static let lockFileName = ".lock"

    public let path: String
    let environment: LogEnvironment
    let health: DirectoryHealth
    let changes: DirectoryChanges
    private let lock: any FileLock
    private let properties: Mutex<MetaProperties?>
    /// Held while a checkpoint is written.
    private let writing = Mutex(())
    /// Told when the directory goes offline, once.
    private let failureHandler: FailureHandler
    /// New partitions whose files are to be made and synced.
    let planned = Mutex(PlannedPartitions())
    /// The `-future` directories that were found, by partition: they are left alone, and go with it.
    let moving = Mutex<[TopicPartition: [String]]>([:])
    /// Partitions that were deleted and may be in the checkpoints yet.
    let deleted = Mutex(DeletedPartitions())
    /// The epoch the broker had when it last stopped in order, -1 when not known.
    public let previousBrokerEpoch: Int64
    /// Whether whoever had the directory before stopped in order: its logs need no recovery.
    public let hadCleanShutdown: Bool

    /// Makes the directory when it is not there, takes its `.lock`, and reads who it belongs to.
    public static func open(
        _ path: String, environment: LogEnvironment, intervals: CheckpointIntervals = CheckpointIntervals()
    ) throws(LogDirectoryError) -> LogDirectory {
        let files = environment.fileSystem
        var held: (any FileLock)?
        var brokerEpoch: Int64?
        do throws(FileError) {
            if try !files.exists(path) {
                try files.createDirectories(path)
            }
            held = try files.lock(FilePath.join(path, lockFileName))
            brokerEpoch = try CleanShutdownFile.read(from: path, fileSystem: files)
        } catch {
            throw .file(error)
        }
        guard let held else { throw .inUse(path: path) }
        do throws(LogDirectoryError) {
            return LogDirectory(
                path: path, environment: environment, lock: held,
                properties: try MetaProperties.read(from: path, fileSystem: files), brokerEpoch: brokerEpoch,
                intervals: intervals)
        } catch {
            held.release()
            throw error
        }
    }

    private init(
        path: String, environment: LogEnvironment, lock: any FileLock, properties: MetaProperties?, brokerEpoch: Int64?,
        intervals: CheckpointIntervals
    ) {
        self.path = path
        self.environment = environment
        self.lock = lock
        self.properties = Mutex(properties)
        previousBrokerEpoch = brokerEpoch ?? -1
        hadCleanShutdown = brokerEpoch != nil
        let handler = FailureHandler()
        failureHandler = handler
        health = DirectoryHealth { error in
            environment.observe(.directoryFailed(path: path, error))
            handler.call()
        }
        changes = DirectoryChanges(worker: environment.worker) { intervals.delayMs($0) }
    }

    /// As `meta.properties` says; nil when the directory is not formatted.
    public var metaProperties: MetaProperties? { properties.withLock { $0 } }

    /// Writes `meta.properties`: the directory belongs to a cluster and a node from then on.
    public func format(_ properties: MetaProperties) throws(LogDirectoryError) {
        do throws(FileError) {
            // The directory itself may have been made just now; it waits for the disk here, not before the first
            // answer.
            try environment.fileSystem.syncDirectory(FilePath.parent(of: path))
            try properties.write(to: path, fileSystem: environment.fileSystem)
        } catch {
            throw .file(error)
        }
        self.properties.withLock { $0 = properties }
    }

    /// The directory belongs to a cluster and a node from now on, in this process: `format` with the same properties
    /// follows when there is time to wait for the disk.
    public func claim(_ properties: MetaProperties) { self.properties.withLock { $0 = properties } }

    /// The failed write or sync that took the directory offline.
    public var failure: FileError? { health.failure }

    /// Calls `handler`, on whatever thread, when the directory goes offline.
    func onFailure(_ handler: @escaping @Sendable () -> Void) { failureHandler.set(handler) }

    /// Removes the mark of a clean stop: from here on, a crash means recovery.
    func beginUse() throws(FileError) {
        if hadCleanShutdown { try CleanShutdownFile.remove(from: path, fileSystem: environment.fileSystem) }
    }

    /// Gives the directory free; the `.lock` file goes.
    public func release() {
        changes.onChange(nil)
        lock.release()
    }

    // MARK: Checkpoints

    /// The offsets of a checkpoint; of one that is damaged, none, and that is said.
    func read(_ checkpoint: OffsetCheckpoint) throws(FileError) -> [TopicPartition: Int64] {
        do throws(CheckpointError) {
            return try checkpoint.read(from: path, fileSystem: environment.fileSystem)
        } catch {
            if case .file(let error) = error { throw error }
            environment.observe(.warning("\(error.message); it is read as empty"))
            return [:]
        }
    }

    /// Writes a checkpoint of what `logs` gives, the directory's. One thread at a time, from asking for the logs on:
    /// two would share the new content's file, and the older offsets could be the ones that stay.
    func write(_ checkpoint: OffsetCheckpoint, of logs: () -> [PartitionLog]) throws(FileError) {
        try writing.withLock { _ throws(FileError) in
            let offsets: [(TopicPartition, Int64)] = logs().compactMap { log in
                log.offset(for: checkpoint).map { (log.topicPartition, $0) }
            }
            try checkpoint.write(offsets, to: path, fileSystem: environment.fileSystem)
        }
    }

    /// `plannedFor`: the directory is not there yet, and is to be made for a partition of this topic.
    func partitionDirectory(_ name: String, plannedFor topicId: Uuid? = nil) -> PartitionDirectory {
        PartitionDirectory(
            path: FilePath.join(path, name), environment: environment, health: health, changes: changes,
            plannedFor: topicId)
    }
}

/// Who is told that a directory went offline; nobody at first.
private final class FailureHandler: Sendable {
    private let handler = Mutex<(@Sendable () -> Void)?>(nil)

    func set(_ new: @escaping @Sendable () -> Void) { handler.withLock { $0 = new } }

    func call() { handler.withLock { $0 }?() }
}

/// How long after a change the checkpoints are written, in ms. Kafka's defaults.
public struct CheckpointIntervals: Sendable {
    /// `replica.high.watermark.checkpoint.interval.ms`
    public var highWatermarkMs: Int64 = 5_000
    /// `log.flush.offset.checkpoint.interval.ms`
    public var recoveryPointMs: Int64 = 60_000
    /// `log.flush.start.offset.checkpoint.interval.ms`
    public var startOffsetMs: Int64 = 60_000
    /// `producer.id.expiration.check.interval.ms`
    public var producerExpirationMs: Int64 = 600_000

    public init() {}

    func delayMs(_ change: LogChange) -> Int64 {
        switch change {
        case .highWatermark: highWatermarkMs
        case .recoveryPoint: recoveryPointMs
        case .startOffset: startOffsetMs
        // The cleaner has a delay of its own.
        case .cleanable: 0
        default: producerExpirationMs
        }
    }
}

extension PartitionLog {
    /// What a checkpoint says of this log; nil when it has no entry for it.
    func offset(for checkpoint: OffsetCheckpoint) -> Int64? {
        switch checkpoint {
        case .recoveryPoint: durableRecoveryPoint
        case .replicationOffset: highWatermark
        // The first segment's name says it for all others.
        case .logStartOffset:
            view.withLock { $0.offsets.logStartOffset > $0.segments[0].baseOffset ? $0.offsets.logStartOffset : nil }
        case .cleanerOffset: nil
        }
    }
}

/// Deleted partitions whose offsets are to go from the checkpoints.
struct DeletedPartitions {
    /// Each with the place of its deletion among all.
    private(set) var places: [TopicPartition: Int] = [:]
    private(set) var count = 0

    mutating func add(_ partition: TopicPartition) {
        places[partition] = count
        count += 1
    }

    /// Forgets those that were deleted before there were `count`.
    mutating func remove(first count: Int) {
        places = places.filter { $0.value >= count }
    }
}
