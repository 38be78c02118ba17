// Reading what is in memory alone, so that an event loop can look for records without waiting for a disk.

import Files
import Glibc

/// Whether a lookup waits for the disk.
enum LookupPatience {
    case waits
    /// What is not in memory is a failure.
    case none
}

/// An open file of which only that is read which is in memory; the rest fails.
final class FileInMemory: OpenFile {
    private let file: any OpenFile

    init(_ file: any OpenFile) { self.file = file }

    var path: String { file.path }
    var fileDescriptor: Int32 { file.fileDescriptor }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
        guard let count = try file.readFromMemory(into: buffer, at: position) else { throw .notInMemory(path) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError) {
        try file.write(bytes, at: position)
    }

    func truncate(to sizeBytes: Int64) throws(FileError) { try file.truncate(to: sizeBytes) }
    func sync() throws(FileError) { try file.sync() }
    func sizeBytes() throws(FileError) -> Int64 { try file.sizeBytes() }
    func setModified(_ modifiedMs: Int64) throws(FileError) { try file.setModified(modifiedMs) }
}

extension FileError {
    /// A lookup without patience came by something that is on the disk, or in a file that is not open.
    static func notInMemory(_ path: String) -> FileError { FileError(call: "preadv2", path: path, errno: EAGAIN) }
}
