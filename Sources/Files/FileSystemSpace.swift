// How large the file system is that a path lies on. statvfs(3).

import Glibc

/// The size of a file system, and how much of it a process without privileges may still use.
public struct FileSystemSpace: Hashable, Sendable {
    public let totalBytes: Int64
    public let usableBytes: Int64

    public init(at path: String) throws(FileError) {
        var status = statvfs()
        while statvfs(path, &status) != 0 {
            let reason = errno
            if reason != EINTR { throw FileError(call: "statvfs", path: path, errno: reason) }
        }
        totalBytes = Self.bytes(status.f_blocks, status.f_frsize)
        usableBytes = Self.bytes(status.f_bavail, status.f_frsize)
    }

    private static func bytes(_ blocks: UInt, _ blockSize: UInt) -> Int64 {
        let (product, isTooLarge) = blocks.multipliedReportingOverflow(by: blockSize)
        return isTooLarge ? .max : Int64(clamping: product)
    }
}
