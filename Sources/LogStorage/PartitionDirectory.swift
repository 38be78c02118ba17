// Where a log's files are.

import Files
import Glibc
import KafkaWire
import Synchronization

/// A partition's directory: its path, which changes once when the partition is deleted, and what is needed to use it.
/// Shared by the log and its segments.
///
/// That of a new partition is planned first: it and its files are made by whoever needs them first, a background job or
/// the first append.
final class PartitionDirectory: Sendable {
    let environment: LogEnvironment
    /// Shared by all logs of a log directory: after a failed write or sync, none of them goes on.
    let health: DirectoryHealth
    /// Hears of changes that a checkpoint of the log directory is to hold; nil for a log that belongs to none.
    let changes: DirectoryChanges?
    private let current: Mutex<String>
    /// The topic for which the directory is to be made; nil once it is there, and when it is not to be made any more.
    /// Held while it is made.
    private let plannedFor: Mutex<Uuid?>
    private let isThere: Atomic<Bool>
    /// Told of segments whose indexes are damaged.
    private let mender = Mutex<(@Sendable (Segment) -> Void)?>(nil)

    /// `plannedFor`: the directory is not there, and is to be made for a partition of this topic.
    init(
        path: String, environment: LogEnvironment, health: DirectoryHealth, changes: DirectoryChanges? = nil,
        plannedFor topicId: Uuid? = nil
    ) {
        self.environment = environment
        self.health = health
        self.changes = changes
        current = Mutex(path)
        plannedFor = Mutex(topicId)
        isThere = Atomic(topicId == nil)
    }

    /// Whether the directory was made; one that was deleted since still counts.
    var isMade: Bool { isThere.load(ordering: .acquiring) }

    /// Makes a planned directory with `partition.metadata` and the files of an empty first segment; nothing is synced.
    /// Fails with ENOENT when the partition was deleted before.
    func ensureMade() throws(FileError) {
        if isMade { return }
        try plannedFor.withLock { planned throws(FileError) in
            if isMade { return }
            guard let topicId = planned else { throw FileError(call: "mkdir", path: path, errno: ENOENT) }
            try fileSystem.createDirectory(path)
            try PartitionMetadata.write(topicId, in: self, sync: false)
            try Segment.makeFiles(baseOffset: 0, in: self)
            planned = nil
            isThere.store(true, ordering: .releasing)
        }
    }

    /// Calls `mender` for every segment whose indexes turn out to be damaged, on the thread of the lookup.
    func onIndexDamage(_ mender: @escaping @Sendable (Segment) -> Void) { self.mender.withLock { $0 = mender } }

    func reportDamage(of segment: Segment) { mender.withLock { $0 }?(segment) }

    var path: String { current.withLock { $0 } }
    var fileSystem: any FileSystem { environment.fileSystem }

    func path(of name: String) -> String { FilePath.join(path, name) }
    func path(of name: LogFileName) -> String { path(of: name.text) }

    /// Renames the directory within its parent. A planned one is not made any more: then there is nothing to rename.
    /// - Returns: whether there is a directory of the new name.
    func rename(to name: String) throws(FileError) -> Bool {
        let isMade = plannedFor.withLock { planned in
            planned = nil
            return self.isMade
        }
        guard isMade else { return false }
        let old = path
        let new = FilePath.join(FilePath.parent(of: old), name)
        try fileSystem.rename(old, to: new)
        current.withLock { $0 = new }
        return true
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
