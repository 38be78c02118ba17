// What the tests of logs have in common: a folder or a simulated disk, a clock set by hand, what was observed.

import Bytes
import Files
import Foundation
import KafkaWire
import Synchronization
import Testing

@testable import LogStorage

/// A place for logs, and a clock.
final class TestLogs: Sendable {
    let folder: String
    let fileSystem: any FileSystem
    private let clock = Atomic<Int64>(1_000_000)
    private let observed = Mutex<[LogEvent]>([])
    private let isReal: Bool

    /// On the real file system, in a folder of its own.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-log-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        fileSystem = PosixFileSystem()
        isReal = true
    }

    /// On a simulated disk.
    init(simulated: SimulatedFileSystem) throws {
        folder = "/data"
        fileSystem = simulated
        isReal = false
        if try !simulated.exists(folder) {
            try simulated.createDirectory(folder)
            try simulated.syncDirectory("/")
        }
    }

    /// On a file system that has nothing yet.
    init(on fileSystem: any FileSystem) throws {
        folder = "/data"
        self.fileSystem = fileSystem
        isReal = false
        try fileSystem.createDirectory(folder)
    }

    deinit {
        if isReal { try? FileManager.default.removeItem(atPath: folder) }
    }

    var nowMs: Int64 {
        get { clock.load(ordering: .relaxed) }
        set { clock.store(newValue, ordering: .relaxed) }
    }

    /// A new environment; the clock is the logs's.
    func environment(openFileLimit: Int? = 64) -> LogEnvironment {
        LogEnvironment(
            fileSystem: fileSystem, openFileLimit: openFileLimit, now: { [weak self] in self?.nowMs ?? 0 },
            observe: { [weak self] event in self?.observed.withLock { $0.append(event) } })
    }

    /// An environment whose background work runs by hand, all of it on the caller's thread.
    func manualEnvironment() -> (LogEnvironment, worker: ManualWorkQueue, committer: ManualWorkQueue) {
        let now: @Sendable () -> Int64 = { [weak self] in self?.nowMs ?? 0 }
        let worker = ManualWorkQueue(now: now)
        let committer = ManualWorkQueue(now: now)
        let environment = LogEnvironment(
            fileSystem: fileSystem, producerIdExpirationMs: 86_400_000, openFileLimit: 64, worker: worker,
            commitWorker: committer, parallelism: 1, now: now,
            observe: { [weak self] event in self?.observed.withLock { $0.append(event) } })
        return (environment, worker, committer)
    }

    var warnings: [String] {
        observed.withLock { events in
            events.compactMap { event in
                if case .warning(let text) = event { return text }
                return nil
            }
        }
    }

    static let partition = TopicPartition(topic: "t", partition: 0)
    /// The files of a log's first segment.
    static let log = "00000000000000000000.log"
    static let index = "00000000000000000000.index"
    static let timeIndex = "00000000000000000000.timeindex"

    /// With entries in the indexes after a few records.
    static func indexed() -> LogConfig {
        var config = LogConfig()
        config.indexIntervalBytes = 100
        return config
    }

    /// Opens the one log of this logs, making its directory when it is not there.
    func openLog(
        _ config: LogConfig = LogConfig(), clean: Bool = false, recoveryPoint: Int64? = nil,
        logStartOffset: Int64? = nil, environment: LogEnvironment? = nil
    ) throws -> PartitionLog {
        let path = logPath
        if try !fileSystem.exists(path) {
            try fileSystem.createDirectory(path)
            try fileSystem.syncDirectory(folder)
        }
        return try PartitionLog.open(
            Self.partition, at: path, config: SharedLogConfig(config), environment: environment ?? self.environment(),
            wasClosedCleanly: clean, recoveryPoint: recoveryPoint, logStartOffset: logStartOffset)
    }

    /// The registry of this place's one log directory, with all logs loaded.
    func openRegistry(
        _ environment: LogEnvironment? = nil, config: LogConfig = LogConfig()
    ) throws -> LogRegistry {
        let environment = environment ?? manualEnvironment().0
        let directory = try LogDirectory.open(folder, environment: environment)
        let registry = LogRegistry(directories: [directory], environment: environment)
        let shared = SharedLogConfig(config)
        try registry.loadLogs { _ in shared }
        return registry
    }

    /// A text file of the log directory.
    func text(_ name: String) throws -> String {
        String(decoding: try fileSystem.contents(of: FilePath.join(folder, name)).array, as: UTF8.self)
    }

    var logPath: String { FilePath.join(folder, Self.partition.description) }

    func path(_ name: String) -> String { FilePath.join(logPath, name) }

    func contents(_ name: String) throws -> [UInt8] {
        try fileSystem.contents(of: path(name)).array
    }

    /// Puts bytes in the place of a file's.
    func overwrite(_ name: String, _ bytes: [UInt8]) throws {
        let file = try fileSystem.open(path(name), .truncate)
        try file.write(bytes)
    }

    func names() throws -> [String] {
        try fileSystem.entries(of: logPath).map(\.name).sorted()
    }
}

extension PartitionLog {
    @discardableResult
    func append(_ batch: TestBatch, leaderEpoch: Int32 = 0, origin: AppendOrigin = .client) throws -> AppendResult {
        try append(batch.bytes, leaderEpoch: leaderEpoch, origin: origin, isTransactionVerified: true)
    }

    /// All batches from `offset` to the end, read as a consumer does.
    func readAll(from offset: Int64 = 0, maxBytes: Int = 1 << 20, upTo isolation: ReadIsolation = .logEnd) throws
        -> [(baseOffset: Int64, lastOffset: Int64)]
    {
        var at = offset
        var found: [(Int64, Int64)] = []
        while at < logEndOffset {
            let batches = try read(from: at, maxBytes: maxBytes, upTo: isolation).batches()
            if batches.isEmpty { break }
            for batch in batches where batch.lastOffset >= at {
                #expect(batch.isCrcValid)
                found.append((batch.baseOffset, batch.lastOffset))
                at = batch.lastOffset + 1
            }
        }
        return found
    }
}

/// The code and the message that an operation was refused with.
func refusal(_ body: () throws -> Void) -> LogErrorCode? {
    do {
        try body()
        return nil
    } catch let error as LogError {
        return error.code
    } catch {
        Issue.record("\(error)")
        return nil
    }
}
