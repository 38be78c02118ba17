// The real file system.

import CPlatform
import Glibc

/// The system's files, by plain POSIX calls.
public final class PosixFileSystem: FileSystem {
    public init() {}

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any OpenFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            case .truncate: O_RDWR | O_CREAT | O_TRUNC
            }
        let descriptor = try Self.repeating("open", path) { Glibc.open(path, flags | O_CLOEXEC, 0o644) }
        return PosixFile(path: path, fileDescriptor: descriptor)
    }

    public func createDirectory(_ path: String) throws(FileError) {
        _ = try Self.repeating("mkdir", path) { Glibc.mkdir(path, 0o755) }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        _ = try Self.repeating("rmdir", path) { Glibc.rmdir(path) }
    }

    public func removeFile(_ path: String) throws(FileError) {
        _ = try Self.repeating("unlink", path) { Glibc.unlink(path) }
    }

    public func rename(_ source: String, to target: String) throws(FileError) {
        _ = try Self.repeating("rename", source) { Glibc.rename(source, target) }
    }

    public func entries(of path: String) throws(FileError) -> [DirectoryEntry] {
        guard let directory = opendir(path) else { throw FileError(call: "opendir", path: path, errno: errno) }
        defer { closedir(directory) }
        var entries: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw FileError(call: "readdir", path: path, errno: errno) }
                return entries
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let isDirectory: Bool
            switch Int(entry.pointee.d_type) {
            case Int(DT_DIR): isDirectory = true
            case Int(DT_REG): isDirectory = false
            // Some file systems do not say, and a link may lead to either.
            default: isDirectory = try status(of: FilePath.join(path, name))?.isDirectory ?? false
            }
            entries.append(DirectoryEntry(name: name, isDirectory: isDirectory))
        }
    }

    public func status(of path: String) throws(FileError) -> FileStatus? {
        var information = stat()
        do throws(FileError) {
            _ = try Self.repeating("stat", path) { fstatat(AT_FDCWD, path, &information, 0) }
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
            throw error
        }
        return FileStatus(
            sizeBytes: Int64(information.st_size), isDirectory: information.st_mode & S_IFMT == S_IFDIR,
            modifiedMs: Int64(information.st_mtim.tv_sec) * 1000 + Int64(information.st_mtim.tv_nsec) / 1_000_000)
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = try Self.repeating("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        _ = try Self.repeating("fsync", path) { fsync(descriptor) }
    }

    public func syncFileSystem(of path: String) throws(FileError) {
        let descriptor = try Self.repeating("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        _ = try Self.repeating("syncfs", path) { cplatform_syncfs(descriptor) }
    }

    public func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        try PosixFileLock.take(path)
    }

    /// Makes a call again while it is interrupted; an EBADF or EFAULT is a fault of ours.
    @inline(__always)
    static func repeating<T: SignedInteger>(
        _ call: String, _ path: @autoclosure () -> String, _ body: () -> T
    ) throws(FileError) -> T {
        while true {
            let result = body()
            if result >= 0 { return result }
            let number = errno
            if number == EINTR { continue }
            precondition(number != EBADF && number != EFAULT, "\(call) \(path()): errno \(number)")
            throw FileError(call: call, path: path(), errno: number)
        }
    }
}
