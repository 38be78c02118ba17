// What every failed call on the file system is reported as.

import Glibc

/// A call on the file system that failed: which call, on what path, and the system's reason.
public struct FileError: Error, Hashable, Sendable {
    /// The system call's name: `open`, `pwrite`, `fsync`…
    public let call: String
    public let path: String
    /// The system's error number: ENOSPC, EIO…
    public let errno: Int32

    public init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// Whether the file or directory is not there.
    public var isNotFound: Bool { errno == ENOENT }
}

extension FileError: CustomStringConvertible {
    /// `pwrite /data/t-0/00000000000000000000.log: No space left on device (28)`
    public var description: String {
        var text = [CChar](repeating: 0, count: 128)
        let known = strerror_r(errno, &text, text.count) == 0
        let reason =
            known ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "error"
        return "\(call) \(path): \(reason) (\(errno))"
    }
}
