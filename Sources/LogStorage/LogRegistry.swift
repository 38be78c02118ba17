// All logs of the node, by partition.

import Files
import KafkaWire
import Synchronization

/// The logs of all log directories. `__cluster_metadata` is not among them.
public final class LogRegistry: Sendable {
    public let directories: [LogDirectory]
    public let environment: LogEnvironment
    let entries = Mutex<[TopicPartition: Entry]>([:])
    let cleaner = Mutex<LogCleaner?>(nil)
    /// A partition that was found twice while loading.
    let duplicates = Mutex<LogDirectoryError?>(nil)
    /// See `updateDeletionDelay`.
    private let deletionDelayMs = Atomic<Int64>(60_000)
    /// Held while logs are made and deleted; before `entries`.
    private let making = Mutex<Void>(())

    struct Entry: Sendable {
        let log: PartitionLog
        let directory: LogDirectory
    }

    public init(directories: [LogDirectory], environment: LogEnvironment) {
        precondition(!directories.isEmpty)
        self.directories = directories
        self.environment = environment
        for directory in directories {
            directory.changes.onChange { [weak self] change in self?.act(on: change, in: directory) }
        }
    }

    public func log(_ partition: TopicPartition) -> PartitionLog? {
        entries.withLock { $0[partition]?.log }
    }

    /// All of them, in no order.
    public var logs: [PartitionLog] { entries.withLock { $0.values.map(\.log) } }

    /// The directory that a partition's log is in.
    public func directory(of partition: TopicPartition) -> LogDirectory? {
        entries.withLock { $0[partition]?.directory }
    }

    /// In the order of their names: what happens to them one after the other then does so in the same order each time.
    func logs(in directory: LogDirectory) -> [PartitionLog] {
        let logs = entries.withLock { $0.values.compactMap { $0.directory === directory ? $0.log : nil } }
        return logs.sorted {
            ($0.topicPartition.topic, $0.topicPartition.partition) < (
                $1.topicPartition.topic, $1.topicPartition.partition
            )
        }
    }

    /// Calls `handler` with the paths of all directories when the last of them goes offline: nothing can be served any
    /// more. On whatever thread, at once when that is so already, and perhaps twice when two fail at the same time.
    /// Kafka: `LogManager.handleLogDirFailure`.
    public func onLastDirectoryFailed(_ handler: @escaping @Sendable ([String]) -> Void) {
        let directories = self.directories
        let check: @Sendable () -> Void = {
            if directories.allSatisfy({ $0.failure != nil }) { handler(directories.map(\.path)) }
        }
        for directory in directories { directory.onFailure(check) }
        check()
    }

    // MARK: Making and deleting

    /// The partition's log, made when it is not there: in the directory with `directoryId`, else in the one with the
    /// fewest logs. INCONSISTENT_TOPIC_ID when there is a log of another topic of this name. Kafka: `getOrCreateLog`.
    public func createLog(
        _ partition: TopicPartition, topicId: Uuid, config: SharedLogConfig, directoryId: Uuid? = nil
    ) throws(LogError) -> PartitionLog {
        try making.withLock { _ throws(LogError) in
            if let known = log(partition) {
                try known.adopt(topicId)
                return known
            }
            let directory = try chooseDirectory(directoryId)
            if directory.deleted.withLock({ $0.places[partition] != nil }) { forgetDeleted(in: directory) }
            let log = try PartitionLog.create(partition, topicId: topicId, config: config, in: directory)
            entries.withLock { $0[partition] = Entry(log: log, directory: directory) }
            directory.changes.note([.highWatermark, .recoveryPoint])
            return log
        }
    }

    private func chooseDirectory(_ id: Uuid?) throws(LogError) -> LogDirectory {
        let healthy = directories.filter { $0.failure == nil }
        if let id, let named = healthy.first(where: { $0.metaProperties?.directoryId == id }) { return named }
        if healthy.count == 1 { return healthy[0] }
        var counts = [Int](repeating: 0, count: healthy.count)
        entries.withLock { entries in
            for entry in entries.values {
                if let slot = healthy.firstIndex(where: { $0 === entry.directory }) { counts[slot] += 1 }
            }
        }
        guard let slot = counts.indices.min(by: { counts[$0] < counts[$1] }) else {
            throw .storage(directories[0].failure ?? FileError(call: "open", path: directories[0].path, errno: 5))
        }
        return healthy[slot]
    }

    /// How long the directories of logs that are deleted from now on stay, in ms: `log.segment.delete.delay.ms` of the
    /// broker. What a topic says (`file.delete.delay.ms`) goes for segments alone, as in Kafka.
    public func updateDeletionDelay(ms delayMs: Int64) { deletionDelayMs.store(delayMs, ordering: .relaxed) }

    /// Takes the log out and renames its directory at once; it is removed later, see `updateDeletionDelay`. Kafka:
    /// `asyncDelete`, `LogManager.deleteLogs`.
    public func deleteLog(_ partition: TopicPartition) throws(LogError) {
        try making.withLock { _ throws(LogError) in
            guard let entry = entries.withLock({ $0.removeValue(forKey: partition) }) else { return }
            let delayMs = deletionDelayMs.load(ordering: .relaxed)
            try renameMoving(partition, to: PartitionDirectoryName.forDeletion) { removeTree($0, afterMs: delayMs) }
            entry.log.abandon()
            let isThere = try entry.directory.health.guarding { () throws(FileError) in
                try entry.log.directory.rename(to: PartitionDirectoryName.forDeletion(partition))
            }
            if isThere { removeTree(entry.log.path, afterMs: delayMs) }
            forgetLater(partition, in: entry.directory)
        }
    }

    /// A log of the same name must not find the offsets of one that was deleted or set aside: the checkpoints are
    /// written anew in the background, once for all that were deleted until then, or when such a log is made.
    func forgetLater(_ partition: TopicPartition, in directory: LogDirectory) {
        let isFirst = directory.deleted.withLock { deleted in
            deleted.add(partition)
            return deleted.places.count == 1
        }
        if isFirst { environment.worker.run { [weak self] in self?.forgetDeleted(in: directory) } }
    }

    private func forgetDeleted(in directory: LogDirectory) {
        let deleted = directory.deleted.withLock { $0 }
        if deleted.places.isEmpty { return }
        act(on: .recoveryPoint, in: directory)
        act(on: .startOffset, in: directory)
        if let cleaner = cleaner.withLock({ $0 }) {
            for partition in deleted.places.keys { cleaner.forget(partition, in: directory) }
        }
        // Only now: until then whoever makes one of them anew sees to it. Those that came meanwhile have their turn.
        let isMore = directory.deleted.withLock { left in
            left.remove(first: deleted.count)
            return !left.places.isEmpty
        }
        if isMore { environment.worker.run { [weak self] in self?.forgetDeleted(in: directory) } }
    }

    /// Whether a log that was found belongs to no partition of the cluster. `topicId`: the topic that has its name and
    /// its partition now; nil when there is none.
    ///
    /// A log that does not say whose it is (its `partition.metadata` is lost or damaged) is the topic's after a clean
    /// stop. After a crash it may as well be one of the same name that was deleted: of its records nobody can say that
    /// they are the topic's. (Kafka sets aside all that do not say.)
    public func isStray(_ log: PartitionLog, of topicId: Uuid?) -> Bool {
        guard let topicId else { return true }
        if let known = log.topicId { return known != topicId }
        return log.logEndOffset > 0 && directory(of: log.topicPartition)?.hadCleanShutdown != true
    }

    /// Takes a log out that belongs to no partition of the cluster, and renames its directory to `…-stray`: a person
    /// decides what becomes of it. Kafka: `LogManager.addStrayLog`.
    public func setAsideLog(_ partition: TopicPartition) throws(LogError) {
        try making.withLock { _ throws(LogError) in
            guard let entry = entries.withLock({ $0.removeValue(forKey: partition) }) else { return }
            entry.log.abandon()
            try renameMoving(partition, to: PartitionDirectoryName.forSettingAside) { _ in }
            _ = try entry.directory.health.guarding { () throws(FileError) in
                try entry.log.directory.rename(to: PartitionDirectoryName.forSettingAside(partition))
            }
            forgetLater(partition, in: entry.directory)
        }
    }

    /// Gives another name to what was moved of the partition to any of the directories. Kafka: `LogManager.asyncDelete`
    /// takes the future log along.
    private func renameMoving(
        _ partition: TopicPartition, to name: (TopicPartition) -> String, _ didRename: (_ path: String) -> Void
    ) throws(LogError) {
        for directory in directories where directory.failure == nil {
            for old in directory.moving.withLock({ $0.removeValue(forKey: partition) }) ?? [] {
                let path = FilePath.join(directory.path, name(partition))
                try directory.health.guarding { () throws(FileError) in
                    try environment.fileSystem.rename(FilePath.join(directory.path, old), to: path)
                }
                didRename(path)
            }
        }
    }

    func removeTree(_ path: String, afterMs delayMs: Int64) {
        environment.worker.run(afterMs: delayMs) { [environment] in
            do throws(FileError) {
                try environment.fileSystem.removeTree(path)
                environment.observe(.note("Removed \(path)"))
            } catch {
                environment.observe(.warning("\(error.description); it is tried again at the next start"))
            }
        }
    }

    // MARK: Checkpoints

    /// What a change in a directory asks for.
    private func act(on change: LogChange, in directory: LogDirectory) {
        guard directory.failure == nil else { return }
        let checkpoint: OffsetCheckpoint
        switch change {
        case .highWatermark: checkpoint = .replicationOffset
        case .recoveryPoint: checkpoint = .recoveryPoint
        case .startOffset: checkpoint = .logStartOffset
        case .cleanable:
            cleaner.withLock { $0 }?.wake()
            return
        default:
            let logs = logs(in: directory)
            for log in logs { log.removeExpiredProducers() }
            if logs.contains(where: \.hasProducers) { directory.changes.note(.producers) }
            return
        }
        // A failure takes the directory offline and is told there.
        try? directory.health.guarding { () throws(FileError) in
            try directory.write(checkpoint) { logs(in: directory) }
        }
    }
}
