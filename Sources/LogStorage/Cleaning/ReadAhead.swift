// The first pass's reads on a thread of their own: a chunk is read while the keys of the one before it are looked at.
//
// Copying a log out of the page cache takes as long as looking at its keys; of a log that lies on the disk alone,
// longer. Side by side the two take as long as one of them.

import Bytes
import Files
import Glibc

/// Reads a file from a position to an end, a chunk after the other, one ahead of whoever takes them.
///
/// There is memory for two chunks. A batch that the one chunk ends in begins again in front of the next, in room kept
/// for that, so that it lies in one piece:
///
/// ```
/// |  room for a rest  |      chunk n … the batch be|
///                                                  |
/// |         the batch be|gins, its end … chunk n + 1      |
/// ```
///
/// Used by one thread. When it goes, its reader ends.
final class ReadAhead {
    /// A rest longer than this cannot be put in front of the next chunk.
    let maxRestBytes: Int
    private let reader: Reader
    private let thread: StorageThread
    private var taken = 0

    /// `capacityBytes`: the memory of each of the two chunks. nil: the system has no thread to give.
    init?(_ file: any OpenFile, from position: Int, to end: Int, capacityBytes: Int) {
        maxRestBytes = capacityBytes / 4
        let reader = Reader(file, from: position, to: end, capacityBytes: capacityBytes, restBytes: maxRestBytes)
        guard let thread = try? StorageThread({ reader.run() }) else { return nil }
        self.reader = reader
        self.thread = thread
    }

    deinit {
        reader.stop()
        thread.join()
    }

    /// The next chunk, behind a copy of `rest`, which may be the end of the one before; that one is no longer valid.
    /// Empty but for the rest at the file's end. At most `maxRestBytes`.
    func next(behind rest: ByteSlice) throws(FileError) -> ByteSlice {
        precondition(rest.count <= maxRestBytes)
        let chunk = reader.chunk(after: taken)
        let start = maxRestBytes - rest.count
        (chunk.storage.base + start).copyMemory(from: rest.base, byteCount: rest.count)
        if taken > 0 { reader.release() }
        taken += 1
        return ByteSlice(storage: chunk.storage, storageOffset: start, count: rest.count + (try chunk.read.get()))
    }
}

/// Memory, and what was read into it.
///
/// `@unchecked Sendable`: a chunk belongs to the reading thread from `free` to `filled`, to the other one from there
/// on; the semaphores hand it over.
private final class Chunk: @unchecked Sendable {
    let storage: ByteStorage
    /// The number of bytes.
    var read: Result<Int, FileError> = .success(0)

    init(capacityBytes: Int) {
        storage = ByteStorage(capacityBytes: capacityBytes)
    }
}

/// What the reading thread and the one it reads for have in common.
///
/// `@unchecked Sendable`: `position` is the reading thread's own; `isStopped` is set before the last signal and read
/// behind it; all else is constant.
private final class Reader: @unchecked Sendable {
    private let file: any OpenFile
    private var position: Int
    private let end: Int
    private let restBytes: Int
    private let chunks: [Chunk]
    private let free: UnsafeMutablePointer<sem_t>
    private let filled: UnsafeMutablePointer<sem_t>
    private var isStopped = false

    init(_ file: any OpenFile, from position: Int, to end: Int, capacityBytes: Int, restBytes: Int) {
        self.file = file
        self.position = position
        self.end = end
        self.restBytes = restBytes
        chunks = (0..<2).map { _ in Chunk(capacityBytes: capacityBytes) }
        free = .allocate(capacity: 1)
        filled = .allocate(capacity: 1)
        precondition(sem_init(free, 0, UInt32(chunks.count)) == 0 && sem_init(filled, 0, 0) == 0)
    }

    deinit {
        sem_destroy(free)
        sem_destroy(filled)
        free.deallocate()
        filled.deallocate()
    }

    // MARK: The reading thread

    func run() {
        var slot = 0
        while true {
            Self.wait(free)
            if isStopped { return }
            chunks[slot].read = readChunk(into: chunks[slot].storage)
            precondition(sem_post(filled) == 0)
            slot = (slot + 1) % chunks.count
        }
    }

    private func readChunk(into storage: ByteStorage) -> Result<Int, FileError> {
        let count = min(storage.capacityBytes - restBytes, end - position)
        guard count > 0 else { return .success(0) }
        do throws(FileError) {
            let got = try file.read(
                into: UnsafeMutableRawBufferPointer(start: storage.base + restBytes, count: count), at: Int64(position))
            position += got
            return .success(got)
        } catch {
            return .failure(error)
        }
    }

    // MARK: The other one

    /// Waits until the chunk is read that comes after `taken` others.
    func chunk(after taken: Int) -> Chunk {
        Self.wait(filled)
        return chunks[taken % chunks.count]
    }

    /// The chunk before the last that was waited for is no longer needed.
    func release() {
        precondition(sem_post(free) == 0)
    }

    func stop() {
        isStopped = true
        precondition(sem_post(free) == 0)
    }

    private static func wait(_ semaphore: UnsafeMutablePointer<sem_t>) {
        while sem_wait(semaphore) != 0 { precondition(errno == EINTR) }
    }
}
