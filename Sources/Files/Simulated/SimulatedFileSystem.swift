// A file system for tests, in memory: it can crash at any call, lose what was not synced, tear a write, fill up and
// fail a sync. Everything it does by chance follows from one seed.
//
// What it holds is kept twice: as programs see it, and as it would be found after the power failed. Writes are durable
// when their file was synced; names when their directory was. What was not, is there, not there, or there in part.

import Glibc
import Synchronization

/// What is lost when everything stops.
public enum SimulatedCrash: Sendable {
    /// The process is killed: nothing that it wrote is lost.
    case process
    /// The power fails: what was not synced is lost, by chance.
    case power
}

/// A simulated disk with its files and directories. Paths are absolute; `/` is there.
public final class SimulatedFileSystem: FileSystem {
    let disk: Mutex<SimulatedDisk>

    public init(seed: UInt64) {
        disk = Mutex(SimulatedDisk(seed: seed))
    }

    // MARK: What a test sets

    /// The calls that change something or make it durable, so far.
    public var callCount: Int { disk.withLock { $0.callCount } }
    /// The syncs of files and directories among them.
    public var syncCount: Int { disk.withLock { $0.syncCount } }

    /// Whether a sync failed since the last restart.
    public var hasFailedSync: Bool { disk.withLock { $0.hasFailedSync } }
    /// The files that were read from, since this was last set to be empty.
    public var readPaths: Set<String> {
        get { disk.withLock { $0.readPaths } }
        set { disk.withLock { $0.readPaths = newValue } }
    }

    /// Lets the system go down in the `call`th such call from now on (1: the next): that one may be done in part. All
    /// calls fail from then on, until `restart`.
    public func crash(atCall call: Int?) {
        disk.withLock { disk in disk.crashAtCall = call.map { $0 + disk.callCount } }
    }

    /// Lets the `sync`th sync from now on (1: the next) fail with EIO; what it was to save is not saved by a later one
    /// either.
    public func failSync(number: Int?) {
        disk.withLock { disk in disk.failSyncAt = number.map { $0 + disk.syncCount } }
    }

    /// The bytes that all files together may have; a write beyond is done in part and fails with ENOSPC,
    /// and when there is none left, so does making a file or a directory.
    public func setCapacity(bytes: Int?) {
        disk.withLock { $0.capacityBytes = bytes }
    }

    /// The bytes that all files together have, those included that were removed.
    public var usedBytes: Int { disk.withLock { $0.usedBytes } }

    public var isDown: Bool { disk.withLock { $0.isDown } }

    /// Everything stops and begins anew: open files and locks are gone, and what the crash loses is lost.
    public func restart(after crash: SimulatedCrash) {
        disk.withLock { $0.restart(after: crash) }
    }

    /// Changes bytes of a file behind everybody's back, durably.
    public func damage(_ path: String, at position: Int, _ change: (UInt8) -> UInt8) throws(FileError) {
        try disk.withLock { disk throws(FileError) in
            let inode = try disk.fileNumber(path, call: "damage")
            disk.files[inode]?.damage(at: position, change)
        }
    }

    /// All that is on the disk, to come back to.
    public struct Image: Sendable {
        let disk: SimulatedDisk
        /// The paths of all files, sorted.
        public let files: [String]
    }

    public var image: Image {
        disk.withLock { Image(disk: $0, files: $0.filePaths) }
    }

    /// Makes the disk what it was when the image was taken, after a stop in between: open files and locks are gone.
    public func restore(_ image: Image) {
        disk.withLock { disk in
            let boot = disk.boot
            disk = image.disk
            disk.boot = boot
            disk.restart(after: .process)
        }
    }

    // MARK: FileSystem

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any OpenFile {
        try disk.withLock { disk throws(FileError) -> SimulatedFile in
            SimulatedFile(system: self, path: path, inode: try disk.open(path, mode), boot: disk.boot)
        }
    }

    public func createDirectory(_ path: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.createDirectory(path) }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.remove(path, isDirectory: true) }
    }

    public func removeFile(_ path: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.remove(path, isDirectory: false) }
    }

    public func rename(_ source: String, to target: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.rename(source, to: target) }
    }

    public func entries(of path: String) throws(FileError) -> [DirectoryEntry] {
        try disk.withLock { disk throws(FileError) in
            let directory = try disk.directory(path, call: "opendir")
            return directory.names.sorted { $0.key < $1.key }.map {
                DirectoryEntry(name: $0.key, isDirectory: disk.directories[$0.value] != nil)
            }
        }
    }

    public func status(of path: String) throws(FileError) -> FileStatus? {
        try disk.withLock { disk throws(FileError) in
            try disk.checkUp("stat", path)
            guard let inode = disk.lookUp(path) else { return nil }
            let file = disk.files[inode]
            return FileStatus(
                sizeBytes: Int64(file?.visible.count ?? 0), isDirectory: file == nil, modifiedMs: file?.modifiedMs ?? 0)
        }
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.syncDirectory(path) }
    }

    public func syncFileSystem(of path: String) throws(FileError) {
        try disk.withLock { disk throws(FileError) in try disk.syncAll(path) }
    }

    public func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        try disk.withLock { disk throws(FileError) -> SimulatedLock? in
            _ = try disk.open(path, .create)
            guard disk.locks.insert(path).inserted else { return nil }
            return SimulatedLock(system: self, path: path, boot: disk.boot)
        }
    }
}

/// An open file of a simulated disk; of no use after a restart.
final class SimulatedFile: OpenFile {
    let path: String
    let fileDescriptor: Int32 = -1
    private let system: SimulatedFileSystem
    private let inode: Int
    private let boot: Int

    init(system: SimulatedFileSystem, path: String, inode: Int, boot: Int) {
        self.system = system
        self.path = path
        self.inode = inode
        self.boot = boot
    }

    private func withFile<Result>(
        _ call: String, _ body: (inout SimulatedDisk) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        try system.disk.withLock { disk throws(FileError) in
            guard disk.boot == boot else { throw FileError(call: call, path: path, errno: EIO) }
            return try body(&disk)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
        try withFile("pread") { disk throws(FileError) in
            try disk.checkUp("pread", path)
            disk.readPaths.insert(path)
            return disk.files[inode]?.read(into: buffer, at: Int(position)) ?? 0
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError) {
        try withFile("pwrite") { disk throws(FileError) in
            try disk.write(Array(bytes), at: Int(position), to: inode, path: path)
        }
    }

    func truncate(to sizeBytes: Int64) throws(FileError) {
        try withFile("ftruncate") { disk throws(FileError) in
            try disk.change("ftruncate", path)
            disk.files[inode]?.apply(.truncate(Int(sizeBytes)))
        }
    }

    func sync() throws(FileError) {
        try withFile("fdatasync") { disk throws(FileError) in try disk.syncFile(inode, path: path) }
    }

    func sizeBytes() throws(FileError) -> Int64 {
        try withFile("fstat") { disk throws(FileError) in
            try disk.checkUp("fstat", path)
            return Int64(disk.files[inode]?.visible.count ?? 0)
        }
    }

    func setModified(_ modifiedMs: Int64) throws(FileError) {
        try withFile("futimens") { disk throws(FileError) in
            try disk.checkUp("futimens", path)
            disk.files[inode]?.modifiedMs = modifiedMs
        }
    }
}

final class SimulatedLock: FileLock {
    private let system: SimulatedFileSystem
    private let path: String
    private let boot: Int

    init(system: SimulatedFileSystem, path: String, boot: Int) {
        self.system = system
        self.path = path
        self.boot = boot
    }

    func release() {
        try? system.removeFile(path)
        system.disk.withLock { disk in
            if disk.boot == boot { disk.locks.remove(path) }
        }
    }
}
