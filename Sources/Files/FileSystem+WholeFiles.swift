// Small files read and replaced as a whole: checkpoints, properties, snapshots.

import Bytes
import Glibc

extension FileSystem {
    public func exists(_ path: String) throws(FileError) -> Bool {
        try status(of: path) != nil
    }

    /// The whole content of a file; fails with EFBIG when it is larger than `maxBytes`.
    public func contents(of path: String, maxBytes: Int = 64 << 20) throws(FileError) -> ByteSlice {
        let file = try open(path, .read)
        let size = try file.sizeBytes()
        guard size >= 0, size <= Int64(maxBytes) else { throw FileError(call: "read", path: path, errno: EFBIG) }
        let storage = ByteStorage(capacityBytes: Int(size))
        let count = try file.read(into: UnsafeMutableRawBufferPointer(start: storage.base, count: Int(size)), at: 0)
        return ByteSlice(storage: storage, storageOffset: 0, count: count)
    }

    /// Writes `<path>.tmp`, syncs it, renames it to `path` and syncs the directory: after a crash either the old
    /// content is there or the new one. Kafka: `CheckpointFile.write`.
    public func replace(_ path: String, with bytes: some Sequence<UInt8>, sync: Bool = true) throws(FileError) {
        let temporary = path + ".tmp"
        let file = try open(temporary, .truncate)
        try file.write(Array(bytes))
        if sync { try file.sync() }
        try rename(temporary, to: path)
        if sync { try syncDirectory(FilePath.parent(of: path)) }
    }

    /// Makes a directory and those above it that are not there.
    public func createDirectories(_ path: String) throws(FileError) {
        if try exists(path) { return }
        let parent = FilePath.parent(of: path)
        if parent != path { try createDirectories(parent) }
        do throws(FileError) {
            try createDirectory(path)
        } catch {
            if error.errno != EEXIST { throw error }
        }
    }

    public func removeFileIfPresent(_ path: String) throws(FileError) {
        do throws(FileError) {
            try removeFile(path)
        } catch {
            if !error.isNotFound { throw error }
        }
    }

    /// Removes a directory with all that is in it; what is not there any more is not missed.
    public func removeTree(_ path: String) throws(FileError) {
        do throws(FileError) {
            for entry in try entries(of: path) {
                let inner = FilePath.join(path, entry.name)
                if entry.isDirectory { try removeTree(inner) } else { try removeFileIfPresent(inner) }
            }
            try removeDirectory(path)
        } catch {
            if !error.isNotFound { throw error }
        }
    }
}

extension OpenFile {
    public func write(_ bytes: [UInt8], at position: Int64 = 0) throws(FileError) {
        // withUnsafeBytes rethrows an untyped error: carry the result out instead.
        let result: Result<Void, FileError> = bytes.withUnsafeBytes { buffer in
            do throws(FileError) {
                return .success(try self.write(buffer, at: position))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    public func write(_ bytes: ByteSlice, at position: Int64) throws(FileError) {
        try write(UnsafeRawBufferPointer(start: bytes.base, count: bytes.count), at: position)
        withExtendedLifetime(bytes) {}
    }

    /// Reads up to `count` bytes at `position` into memory of their own.
    public func read(count: Int, at position: Int64) throws(FileError) -> ByteSlice {
        let storage = ByteStorage(capacityBytes: count)
        let got = try read(into: UnsafeMutableRawBufferPointer(start: storage.base, count: count), at: position)
        return ByteSlice(storage: storage, storageOffset: 0, count: got)
    }
}
