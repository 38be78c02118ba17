// A file system that tells of the bytes of segments that are read and written.

import Bytes
import Files

/// Passes everything on to another file system.
final class MeteredFiles: FileSystem {
    private let files: any FileSystem
    /// Hears of each read and write of a `.log`, those of a segment in the making included.
    private let didMove: @Sendable (_ bytes: Int) -> Void
    /// Whether segments are in memory.
    private let isInMemory: @Sendable () -> Bool

    init(
        _ files: any FileSystem, isInMemory: @escaping @Sendable () -> Bool = { true },
        didMove: @escaping @Sendable (_ bytes: Int) -> Void
    ) {
        self.files = files
        self.isInMemory = isInMemory
        self.didMove = didMove
    }

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any OpenFile {
        let file = try files.open(path, mode)
        return FilePath.name(of: path).contains(".log") ? MeteredFile(file, isInMemory, didMove) : file
    }

    func createDirectory(_ path: String) throws(FileError) { try files.createDirectory(path) }
    func removeDirectory(_ path: String) throws(FileError) { try files.removeDirectory(path) }
    func removeFile(_ path: String) throws(FileError) { try files.removeFile(path) }
    func rename(_ source: String, to target: String) throws(FileError) { try files.rename(source, to: target) }
    func entries(of path: String) throws(FileError) -> [DirectoryEntry] { try files.entries(of: path) }
    func status(of path: String) throws(FileError) -> FileStatus? { try files.status(of: path) }
    func syncDirectory(_ path: String) throws(FileError) { try files.syncDirectory(path) }
    func syncFileSystem(of path: String) throws(FileError) { try files.syncFileSystem(of: path) }
    func lock(_ path: String) throws(FileError) -> (any FileLock)? { try files.lock(path) }
}

private final class MeteredFile: OpenFile {
    private let file: any OpenFile
    private let isInMemory: @Sendable () -> Bool
    private let didMove: @Sendable (_ bytes: Int) -> Void

    init(
        _ file: any OpenFile, _ isInMemory: @escaping @Sendable () -> Bool,
        _ didMove: @escaping @Sendable (_ bytes: Int) -> Void
    ) {
        self.file = file
        self.isInMemory = isInMemory
        self.didMove = didMove
    }

    var path: String { file.path }
    var fileDescriptor: Int32 { file.fileDescriptor }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
        let count = try file.read(into: buffer, at: position)
        didMove(count)
        return count
    }

    func readFromMemory(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int? {
        isInMemory() ? try read(into: buffer, at: position) : nil
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError) {
        try file.write(bytes, at: position)
        didMove(bytes.count)
    }

    func truncate(to sizeBytes: Int64) throws(FileError) { try file.truncate(to: sizeBytes) }
    func sync() throws(FileError) { try file.sync() }
    func sizeBytes() throws(FileError) -> Int64 { try file.sizeBytes() }
    func setModified(_ modifiedMs: Int64) throws(FileError) { try file.setModified(modifiedMs) }
}
