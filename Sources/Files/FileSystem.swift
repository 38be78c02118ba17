// The file system as the log sees it: a protocol, so that tests can put one below it that crashes, tears and lies.

import Bytes

/// How a file is opened.
public enum OpenMode: Sendable {
    /// For reading; the file must be there.
    case read
    /// For reading and writing; the file must be there.
    case readWrite
    /// For reading and writing; made when it is not there.
    case create
    /// For reading and writing; must not be there yet.
    case createNew
    /// For reading and writing; made when it is not there, emptied when it is.
    case truncate
}

/// A name in a directory.
public struct DirectoryEntry: Hashable, Sendable {
    public let name: String
    public let isDirectory: Bool

    public init(name: String, isDirectory: Bool) {
        self.name = name
        self.isDirectory = isDirectory
    }
}

/// What is known of a file without opening it.
public struct FileStatus: Hashable, Sendable {
    public let sizeBytes: Int64
    public let isDirectory: Bool
    /// Milliseconds since 1970.
    public let modifiedMs: Int64

    public init(sizeBytes: Int64, isDirectory: Bool, modifiedMs: Int64) {
        self.sizeBytes = sizeBytes
        self.isDirectory = isDirectory
        self.modifiedMs = modifiedMs
    }
}

/// Files and directories by path. Every failure is a `FileError`; a call that was interrupted is made again.
///
/// What is written is in the page cache only until `OpenFile.sync`; a new, renamed or removed name is on disk only
/// after `syncDirectory` of the directory it is in.
public protocol FileSystem: AnyObject, Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any OpenFile
    /// Makes one directory; its parent must be there, it must not.
    func createDirectory(_ path: String) throws(FileError)
    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(FileError)
    /// Removes a file's name; who has it open keeps it.
    func removeFile(_ path: String) throws(FileError)
    /// Puts `source` in the place of `target`, atomically; a file that was there is replaced.
    func rename(_ source: String, to target: String) throws(FileError)
    /// The names in a directory, without `.` and `..`, in no order.
    func entries(of path: String) throws(FileError) -> [DirectoryEntry]
    /// nil when nothing is there.
    func status(of path: String) throws(FileError) -> FileStatus?
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// Makes everything durable that was written to the file system that `path` is on, by anybody, names included.
    func syncFileSystem(of path: String) throws(FileError)
    /// Takes the file for this process alone, making it when it is not there; nil when somebody else has it.
    func lock(_ path: String) throws(FileError) -> (any FileLock)?
}

/// An open file. It is closed when the last reference to it goes: a region of it that is still being sent keeps it
/// open.
public protocol OpenFile: DescriptorOwner {
    var path: String { get }
    /// Reads from `position` until the buffer is full or the file ends, and says how many bytes it read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int
    /// As `read`, of what is in memory: nil when some of it would have to be read from the disk first. Where the system
    /// cannot say, it is read all the same.
    func readFromMemory(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int?
    /// Writes all bytes at `position`. After an error, some of them may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError)
    func truncate(to sizeBytes: Int64) throws(FileError)
    /// Makes what was written durable: data, and of the metadata what is needed to read it back.
    func sync() throws(FileError)
    func sizeBytes() throws(FileError) -> Int64
    /// Sets the time that `FileStatus.modifiedMs` gives, until the next write.
    func setModified(_ modifiedMs: Int64) throws(FileError)
}

extension OpenFile {
    /// Of a file of which nobody knows what is in memory.
    public func readFromMemory(
        into buffer: UnsafeMutableRawBufferPointer, at position: Int64
    ) throws(FileError) -> Int? {
        try read(into: buffer, at: position)
    }
}

/// A file held for this process alone, until `release` or the end of the process.
public protocol FileLock: AnyObject, Sendable {
    /// Removes the file and gives it free.
    func release()
}
