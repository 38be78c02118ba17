// Opening all logs at the start.

import Files
import KafkaWire
import Synchronization

extension LogRegistry {
    /// Opens every partition's log, those of all directories at the same time. After a clean stop that reads no data;
    /// else each log is recovered from its recovery point on. `config` gives a topic's settings. What was being
    /// deleted is removed in the background; `-stray` and `-future` directories, and what is nothing of Kafka's, are
    /// left alone. Kafka: `LogManager.loadLogs`.
    ///
    /// A directory that cannot be read goes offline; it is an error only when no other is left.
    public func loadLogs(
        threadsPerDirectory: Int = 2, config: @escaping @Sendable (_ topic: String) -> SharedLogConfig
    ) throws(LogDirectoryError) {
        ParallelWork.run(directories, threads: min(directories.count, environment.parallelism)) { [self] directory in
            do throws(FileError) {
                try load(directory, threads: threadsPerDirectory, config: config)
            } catch {
                directory.health.fail(error)
            }
        }
        if let duplicate = duplicates.withLock({ $0 }) { throw duplicate }
        if let failure = directories[0].failure, directories.allSatisfy({ $0.failure != nil }) { throw .file(failure) }
    }

    private func load(
        _ directory: LogDirectory, threads: Int, config: @escaping @Sendable (String) -> SharedLogConfig
    ) throws(FileError) {
        try directory.beginUse()
        let recoveryPoints = try directory.read(.recoveryPoint)
        let startOffsets = try directory.read(.logStartOffset)
        let highWatermarks = try directory.read(.replicationOffset)
        let partitions = try partitions(in: directory)
        let progress = LoadProgress(count: partitions.count, directory: directory)
        // A few logs that were closed in order are opened sooner than a thread is started.
        let isQuick = directory.hadCleanShutdown && partitions.count <= 32
        ParallelWork.run(partitions, threads: isQuick ? 1 : min(threads, environment.parallelism)) { [self] partition in
            let opening = LogOpening(
                topicPartition: partition, directory: directory.partitionDirectory(partition.description),
                config: config(partition.topic), wasClosedCleanly: directory.hadCleanShutdown,
                recoveryPoint: recoveryPoints[partition], logStartOffset: startOffsets[partition],
                highWatermark: highWatermarks[partition] ?? -1)
            // A failure takes the directory offline.
            guard let log = try? PartitionLog.open(opening) else { return }
            register(log, in: directory)
            progress.didLoad()
        }
        // A log that was deleted before a crash is in them yet.
        for partition in Set(recoveryPoints.keys).union(startOffsets.keys).subtracting(partitions) {
            forgetLater(partition, in: directory)
        }
        // A crash from here on must find what was recovered now, and is not synced, as not synced.
        if !directory.hadCleanShutdown && !partitions.isEmpty {
            try directory.write(.recoveryPoint) { logs(in: directory) }
        }
    }

    /// The partitions by their directories' names.
    private func partitions(in directory: LogDirectory) throws(FileError) -> [TopicPartition] {
        var partitions: [TopicPartition] = []
        for entry in try environment.fileSystem.entries(of: directory.path) where entry.isDirectory {
            switch PartitionDirectoryName(entry.name) {
            case .log(let partition): partitions.append(partition)
            case .beingDeleted: removeTree(FilePath.join(directory.path, entry.name), afterMs: 0)
            case .beingMoved(let partition):
                directory.moving.withLock { $0[partition, default: []].append(entry.name) }
            case .setAside, .metadataLog, .unknown: break
            }
        }
        return partitions
    }

    private func register(_ log: PartitionLog, in directory: LogDirectory) {
        let other = entries.withLock { entries -> LogDirectory? in
            if let known = entries[log.topicPartition] { return known.directory }
            entries[log.topicPartition] = Entry(log: log, directory: directory)
            return nil
        }
        if let other {
            duplicates.withLock { $0 = .duplicatePartition(log.topicPartition, other.path, directory.path) }
        }
        if log.hasProducers { directory.changes.note(.producers) }
    }
}

/// Says how far the loading of a directory got, when it takes longer than a second.
private final class LoadProgress: Sendable {
    private let count: Int
    private let directory: LogDirectory
    private let startMs: Int64
    private let done = Atomic<Int>(0)
    private let saidSeconds = Atomic<Int64>(0)

    init(count: Int, directory: LogDirectory) {
        self.count = count
        self.directory = directory
        startMs = directory.environment.now()
        if !directory.hadCleanShutdown && count > 0 {
            directory.environment.observe(
                .note("Recovering \(count) logs in \(directory.path), which was not closed in order"))
        }
    }

    func didLoad() {
        let (_, loaded) = done.add(1, ordering: .relaxed)
        let seconds = (directory.environment.now() - startMs) / 1000
        let (said, _) = saidSeconds.max(seconds, ordering: .relaxed)
        guard seconds > said else { return }
        let verb = directory.hadCleanShutdown ? "Loaded" : "Recovered"
        directory.environment.observe(.note("\(verb) \(loaded) of \(count) logs in \(directory.path)"))
    }
}
