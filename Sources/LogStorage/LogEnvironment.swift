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
    public let worker: BackgroundWorker

    /// `openFileLimit`: how many files all logs together keep open while nobody reads from them; by default a quarter of
    /// the process's limit.
    public init(
        fileSystem: any FileSystem = PosixFileSystem(), producerIdExpirationMs: Int64 = 86_400_000,
        openFileLimit: Int? = nil, now: @escaping @Sendable () -> Int64 = LogEnvironment.systemTimeMs,
        observe: @escaping @Sendable (LogEvent) -> Void = { _ in }
    ) {
        self.fileSystem = fileSystem
        self.producerIdExpirationMs = producerIdExpirationMs
        self.now = now
        self.observe = observe
        openFiles = OpenFilePool(capacity: openFileLimit ?? OpenFilePool.standardCapacity())
        worker = BackgroundWorker()
    }

    /// The system's clock.
    @Sendable public static func systemTimeMs() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
