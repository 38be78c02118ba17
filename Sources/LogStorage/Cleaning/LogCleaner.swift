// Decides which compacted log is cleaned next, on threads of its own. While no compacted log changes, nothing runs and
// nothing wakes up; without compacted logs there is no thread.

import Files
import Synchronization

/// Cleans a registry's compacted logs. Kafka: `LogCleaner`, `LogCleanerManager`.
final class LogCleaner: Sendable {
    let settings: CleanerSettings
    private let environment: LogEnvironment
    private let workers: [any WorkQueue]
    private let throttle: CleanerThrottle
    private let logs: @Sendable (LogDirectory) -> [PartitionLog]
    private let directories: [LogDirectory]
    private let state = Mutex(State())
    /// Held while a checkpoint is written.
    private let writing = Mutex<Void>(())

    private struct State {
        var cleaned: [TopicPartition: Int64] = [:]
        var inProgress: Set<TopicPartition> = []
        /// Logs in which something is wrong: they stay as they are until the next start.
        var uncleanable: Set<TopicPartition> = []
        /// By worker.
        var isLookScheduled: [Bool] = []
    }

    /// A log that is to be cleaned.
    private struct Choice {
        let log: PartitionLog
        let directory: LogDirectory
        let plan: CleaningPlan
    }

    /// Reads the checkpoints. One worker does what one thread of Kafka's cleaner does.
    init(
        _ settings: CleanerSettings, directories: [LogDirectory], environment: LogEnvironment, workers: [any WorkQueue],
        logs: @escaping @Sendable (LogDirectory) -> [PartitionLog]
    ) {
        self.settings = settings
        self.directories = directories
        self.environment = environment
        self.workers = workers
        self.logs = logs
        throttle = CleanerThrottle(bytesPerSecond: settings.maxBytesPerSecond)
        state.withLock { $0.isLookScheduled = workers.map { _ in false } }
        for directory in directories where directory.failure == nil {
            // A failure takes the directory offline.
            guard
                let offsets = try? directory.health.guarding({ () throws(FileError) in
                    try directory.read(.cleanerOffset)
                })
            else { continue }
            state.withLock { $0.cleaned.merge(offsets) { $1 } }
        }
    }

    // MARK: When to look

    /// Has the logs looked at, `log.cleaner.backoff.ms` from now, unless that is about to happen anyway.
    func wake() {
        for slot in workers.indices {
            let isNew = state.withLock { state in
                if state.isLookScheduled[slot] { return false }
                state.isLookScheduled[slot] = true
                return true
            }
            guard isNew else { continue }
            workers[slot].run(afterMs: settings.backoffMs) { [weak self] in self?.look(slot) }
        }
    }

    /// Ends the cleaning under way at its next read, and waits for that.
    func stop() {
        throttle.stop()
        for worker in workers { worker.stop() }
    }

    /// Cleans what there is to clean; then rests until something changes, or for `log.cleaner.backoff.ms` when time
    /// alone may bring more.
    private func look(_ slot: Int) {
        // First: what changes from here on is a change again.
        state.withLock { $0.isLookScheduled[slot] = false }
        while let choice = choose() {
            if !clean(choice) { return }
        }
        let mayGrow = compacted().contains { log, _ in
            (try? log.cleaningPlan(cleanedOffset: cleanedOffset(of: log)))?.mayGrow ?? false
        }
        if mayGrow { wake() }
    }

    // MARK: What to clean

    private func compacted() -> [(PartitionLog, LogDirectory)] {
        directories.filter { $0.failure == nil }.flatMap { directory in
            logs(directory).filter { $0.config.values.cleanupPolicy.contains(.compact) }.map { ($0, directory) }
        }
    }

    /// Up to where the log is clean, by the checkpoint; nil when it was never cleaned.
    func cleanedOffset(of log: PartitionLog) -> Int64? { state.withLock { $0.cleaned[log.topicPartition] } }

    /// The log with the largest part that is dirty, of those that are due. Kafka: `grabFilthiestCompactedLog`.
    private func choose() -> Choice? {
        var best: Choice?
        for (log, directory) in compacted() {
            let isOpen = state.withLock {
                !$0.inProgress.contains(log.topicPartition) && !$0.uncleanable.contains(log.topicPartition)
            }
            guard isOpen, !log.isClosed else { continue }
            let plan: CleaningPlan
            do throws(FileError) {
                plan = try log.cleaningPlan(cleanedOffset: cleanedOffset(of: log))
            } catch {
                if !log.isClosed && !error.isNotFound { directory.health.fail(error) }
                continue
            }
            if plan.isCheckpointInvalid { set(plan.firstDirtyOffset, for: log, in: directory) }
            guard plan.isDue(log.config.values), plan.dirtyRatio > best?.plan.dirtyRatio ?? -1 else { continue }
            best = Choice(log: log, directory: directory, plan: plan)
        }
        guard let best else { return nil }
        let isMine = state.withLock { $0.inProgress.insert(best.log.topicPartition).inserted }
        return isMine ? best : choose()
    }

    // MARK: Cleaning

    /// Cleans one log; false when the cleaner is being stopped.
    private func clean(_ choice: Choice) -> Bool {
        let (log, directory) = (choice.log, choice.directory)
        defer { state.withLock { _ = $0.inProgress.remove(log.topicPartition) } }
        do throws(CleaningError) {
            let result = try Cleaner.clean(log, choice.plan, settings, throttle: throttle)
            set(result.endOffset, for: log, in: directory)
            note(result, of: log, from: choice.plan.firstDirtyOffset)
            if result.endOffset <= choice.plan.firstDirtyOffset {
                markUncleanable(log, "no record of it fits into log.cleaner.dedupe.buffer.size")
            }
        } catch {
            switch error {
            case .cancelled: return log.isClosed
            case .superseded: break
            case .damaged(let reason): markUncleanable(log, reason)
            case .storage(let failure):
                // A file that is not there any more belongs to a segment that retention let go of.
                if !log.isClosed && !failure.isNotFound { directory.health.fail(failure) }
            }
        }
        return true
    }

    private func markUncleanable(_ log: PartitionLog, _ reason: String) {
        state.withLock { _ = $0.uncleanable.insert(log.topicPartition) }
        environment.observe(.warning("\(log.path) is not cleaned any more: \(reason)"))
    }

    private func note(_ result: Cleaner.Result, of log: PartitionLog, from start: Int64) {
        let stats = result.stats
        environment.observe(
            .note(
                "Cleaned \(log.path) from offset \(start) to \(result.endOffset): \(stats.recordsKept) of \(stats.recordsRead) "
                    + "records and \(stats.bytesWritten) of \(stats.bytesRead) bytes left"))
        if stats.recordsWithoutKey > 0 {
            environment.observe(
                .warning("\(log.path) had \(stats.recordsWithoutKey) records without a key; they are gone"))
        }
    }

    // MARK: The checkpoint

    private func set(_ offset: Int64, for log: PartitionLog, in directory: LogDirectory) {
        state.withLock { $0.cleaned[log.topicPartition] = offset }
        write(directory)
    }

    /// Forgets a partition that was deleted: one made later under its name begins anew.
    func forget(_ partition: TopicPartition, in directory: LogDirectory) {
        let wasKnown = state.withLock { state in
            state.uncleanable.remove(partition)
            return state.cleaned.removeValue(forKey: partition) != nil
        }
        if wasKnown { write(directory) }
    }

    private func write(_ directory: LogDirectory) {
        writing.withLock { _ in
            let known = state.withLock { $0.cleaned }
            let offsets = logs(directory).compactMap { log in known[log.topicPartition].map { (log.topicPartition, $0) }
            }
            // A failure takes the directory offline and is told there.
            try? directory.health.guarding { () throws(FileError) in
                try OffsetCheckpoint.cleanerOffset.write(
                    offsets.sorted { "\($0.0)" < "\($1.0)" }, to: directory.path, fileSystem: environment.fileSystem)
            }
        }
    }
}

extension LogRegistry {
    /// Starts the cleaner: after `loadLogs`. `close` ends it.
    public func startCleaner(_ settings: CleanerSettings = CleanerSettings()) {
        startCleaner(
            settings,
            workers: (0..<max(1, settings.threads)).map { _ in BackgroundWorker(niceness: BackgroundWorker.unhurried) })
    }

    /// Goes on with other settings: ends the cleaning under way, which begins anew. Kafka: `LogCleaner.reconfigure`.
    public func updateCleaner(_ settings: CleanerSettings) {
        guard let current = cleaner.withLock({ $0 }), current.settings != settings else { return }
        current.stop()
        startCleaner(settings)
    }

    func startCleaner(_ settings: CleanerSettings, workers: [any WorkQueue]) {
        guard settings.isEnabled else { return }
        let new = LogCleaner(settings, directories: directories, environment: environment, workers: workers) {
            [weak self] directory in self?.logs(in: directory) ?? []
        }
        cleaner.withLock { $0 = new }
        if logs.contains(where: { $0.config.values.cleanupPolicy.contains(.compact) }) { new.wake() }
    }
}
