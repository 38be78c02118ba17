// An open file of the real file system.

import Bytes
import CPlatform
import Glibc

/// A file descriptor with the path it was opened by; closed when the last reference goes.
public final class PosixFile: OpenFile {
    public let path: String
    public let fileDescriptor: Int32

    init(path: String, fileDescriptor: Int32) {
        self.path = path
        self.fileDescriptor = fileDescriptor
    }

    deinit {
        // Linux releases the descriptor whatever close says; what was not synced has no other chance to report an
        // error.
        close(fileDescriptor)
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let got = try PosixFileSystem.repeating("pread", path) {
                pread(fileDescriptor, base + done, buffer.count - done, off_t(position) + off_t(done))
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    public func readFromMemory(
        into buffer: UnsafeMutableRawBufferPointer, at position: Int64
    ) throws(FileError) -> Int? {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let got = cplatform_read_cached(fileDescriptor, base + done, buffer.count - done, position + Int64(done))
            if got > 0 {
                done += got
            } else if got == 0 || errno == EAGAIN {
                // At the end of the file too: Linux 5.9 and 5.10 say 0 for what is not in memory.
                return nil
            } else if errno != EINTR {
                // A file system that cannot say; what else is wrong comes out again.
                return try read(into: buffer, at: position)
            }
        }
        return done
    }

    public func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            done += try PosixFileSystem.repeating("pwrite", path) {
                pwrite(fileDescriptor, base + done, bytes.count - done, off_t(position) + off_t(done))
            }
        }
    }

    public func truncate(to sizeBytes: Int64) throws(FileError) {
        _ = try PosixFileSystem.repeating("ftruncate", path) { ftruncate(fileDescriptor, off_t(sizeBytes)) }
    }

    public func sync() throws(FileError) {
        _ = try PosixFileSystem.repeating("fdatasync", path) { fdatasync(fileDescriptor) }
    }

    public func sizeBytes() throws(FileError) -> Int64 {
        var information = stat()
        _ = try PosixFileSystem.repeating("fstat", path) { fstat(fileDescriptor, &information) }
        return Int64(information.st_size)
    }

    public func setModified(_ modifiedMs: Int64) throws(FileError) {
        let (seconds, rest) = modifiedMs.quotientAndRemainder(dividingBy: 1000)
        // The time of the last read stays. Before 1970 the rest would be negative.
        let times = [
            timespec(tv_sec: 0, tv_nsec: Self.omit),
            timespec(tv_sec: Int(seconds), tv_nsec: Int(max(rest, 0)) * 1_000_000),
        ]
        _ = try PosixFileSystem.repeating("futimens", path) { futimens(fileDescriptor, times) }
    }

    /// UTIME_OMIT, which Glibc's headers show to Swift as a macro that it does not import.
    private static let omit = (1 << 30) - 2
}
