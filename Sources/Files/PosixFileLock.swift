// A directory's `.lock`: the same kind of lock as Java's FileLock, so that Kafka and we keep each other out.

import Glibc
import Synchronization

/// An fcntl write lock over a whole file, as Java's `FileChannel.tryLock` takes it.
///
/// It is taken by open file description (`F_OFD_SETLK`), which excludes other processes' plain fcntl locks, and a
/// second try in this process too.
final class PosixFileLock: FileLock {
    /// `F_OFD_SETLK`, which Glibc's headers show to GNU sources only.
    private static let lockByDescription: Int32 = 37

    private let path: String
    private let fileDescriptor: Mutex<Int32>

    private init(path: String, fileDescriptor: Int32) {
        self.path = path
        self.fileDescriptor = Mutex(fileDescriptor)
    }

    deinit { release() }

    static func take(_ path: String) throws(FileError) -> PosixFileLock? {
        while true {
            let descriptor = try PosixFileSystem.repeating("open", path) {
                Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            }
            var range = flock()
            range.l_type = Int16(F_WRLCK)
            range.l_whence = Int16(SEEK_SET)
            if fcntl(descriptor, Self.lockByDescription, &range) != 0 {
                let number = errno
                close(descriptor)
                if number == EAGAIN || number == EACCES { return nil }
                throw FileError(call: "fcntl", path: path, errno: number)
            }
            // Whoever held it before removes the file: what was locked must still be what the path names.
            var held = stat()
            var named = stat()
            if fstat(descriptor, &held) == 0, fstatat(AT_FDCWD, path, &named, 0) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            {
                return PosixFileLock(path: path, fileDescriptor: descriptor)
            }
            close(descriptor)
        }
    }

    func release() {
        fileDescriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            unlink(path)
            close(descriptor)
            descriptor = -1
        }
    }
}
