// What all logs of a process share.

import Files
import Glibc

/// Something a person may want to know about the logs: for the program's log, which this module does not write itself.
public enum LogEvent: Sendable {
    /// A fact of loading, recovery or deletion, as a sentence.
    case note(String)
    /// Something that was wrong on disk and was mended, or that could not be done.
    case warning(String)
    /// A log directory went offline: a write or sync in it failed. Its logs answer KAFKA_STORAGE_ERROR from then on.
    case directoryFailed(path: String, FileError)
}

/// The file system, the clock and the workers that logs use.
public final class LogEnvironment: Sendable {
    public let fileSystem: any FileSystem
    /// Milliseconds since 1970.
    public let now: @Sendable () -> Int64
    /// Told what recovery finds. Called on any thread; must not call back into the log.
    public let observe: @Sendable (LogEvent) -> Void
    /// `producer.id.expiration.ms`
    public let producerIdExpirationMs: Int64
    /// Keeps recently used files open.
    let openFiles: OpenFilePool
    /// Runs what may block or has to wait: syncing a rolled segment, deleting files, checkpoints.
    public let worker: any WorkQueue
    /// Syncs for those who wait for it.
    let commits: GroupCommit
    /// How many threads may work side by side on many logs.
    let parallelism: Int

    /// `openFileLimit`: how many files all logs together keep open while nobody reads from them; by default a quarter
    /// of the process's limit.
    public convenience init(
        fileSystem: any FileSystem = PosixFileSystem(), producerIdExpirationMs: Int64 = 86_400_000,
        openFileLimit: Int? = nil, now: @escaping @Sendable () -> Int64 = LogEnvironment.systemTimeMs,
        observe: @escaping @Sendable (LogEvent) -> Void = { _ in }
    ) {
        self.init(
            fileSystem: fileSystem, producerIdExpirationMs: producerIdExpirationMs, openFileLimit: openFileLimit,
            worker: BackgroundWorker(niceness: BackgroundWorker.unhurried), commitWorker: BackgroundWorker(),
            parallelism: 8, now: now, observe: observe)
    }

    /// With queues of the caller's own; `parallelism` 1 makes everything happen on the threads of callers and queues.
    init(
        fileSystem: any FileSystem, producerIdExpirationMs: Int64, openFileLimit: Int?, worker: any WorkQueue,
        commitWorker: any WorkQueue, parallelism: Int, now: @escaping @Sendable () -> Int64,
        observe: @escaping @Sendable (LogEvent) -> Void
    ) {
        self.fileSystem = fileSystem
        self.producerIdExpirationMs = producerIdExpirationMs
        self.now = now
        self.observe = observe
        openFiles = OpenFilePool(capacity: openFileLimit ?? OpenFilePool.standardCapacity())
        self.worker = worker
        self.parallelism = parallelism
        commits = GroupCommit(worker: commitWorker, syncsAtOnce: parallelism)
    }

    /// The system's clock.
    @Sendable public static func systemTimeMs() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
