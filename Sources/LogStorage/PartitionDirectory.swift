// Where a log's files are.

import Files
import Synchronization

/// A partition's directory: its path, which changes once when the partition is deleted, and what is needed to use it.
/// Shared by the log and its segments.
final class PartitionDirectory: Sendable {
    let environment: LogEnvironment
    /// Shared by all logs of a log directory: after a failed write or sync, none of them goes on.
    let health: DirectoryHealth
    /// Hears of changes that a checkpoint of the log directory is to hold; nil for a log that belongs to none.
    let changes: DirectoryChanges?
    private let current: Mutex<String>

    init(path: String, environment: LogEnvironment, health: DirectoryHealth, changes: DirectoryChanges? = nil) {
        self.environment = environment
        self.health = health
        self.changes = changes
        current = Mutex(path)
    }

    var path: String { current.withLock { $0 } }
    var fileSystem: any FileSystem { environment.fileSystem }

    func path(of name: String) -> String { FilePath.join(path, name) }
    func path(of name: LogFileName) -> String { path(of: name.text) }

    /// Renames the directory within its parent.
    func rename(to name: String) throws(FileError) {
        let old = path
        let new = FilePath.join(FilePath.parent(of: old), name)
        try fileSystem.rename(old, to: new)
        current.withLock { $0 = new }
    }
}

/// Whether a log directory still works. Kafka takes a directory offline at the first failed write or sync, for good.
final class DirectoryHealth: Sendable {
    private let isFailed = Atomic<Bool>(false)
    private let first = Mutex<FileError?>(nil)
    private let onFailure: @Sendable (FileError) -> Void

    init(onFailure: @escaping @Sendable (FileError) -> Void = { _ in }) {
        self.onFailure = onFailure
    }

    /// The failure that took the directory offline.
    var failure: FileError? {
        guard isFailed.load(ordering: .acquiring) else { return nil }
        return first.withLock { $0 }
    }

    func fail(_ error: FileError) {
        let isFirst = first.withLock { known in
            if known != nil { return false }
            known = error
            return true
        }
        isFailed.store(true, ordering: .releasing)
        if isFirst { onFailure(error) }
    }

    func check() throws(LogError) {
        if let failure { throw .storage(failure) }
    }

    /// Runs what touches the disk; a failure takes the directory offline.
    func guarding<Result>(_ body: () throws(FileError) -> Result) throws(LogError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            fail(error)
            throw .storage(error)
        }
    }
}
