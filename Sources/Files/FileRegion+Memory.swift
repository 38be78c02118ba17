// Whether a range of a file lies in memory, and bringing it there: so that no event loop waits for a disk.

import Bytes
import CPlatform
import Glibc
import Synchronization

extension FileRegion {
    private static let pageBytes = 4096
    /// Without cachestat, one byte in so many is looked at: what the kernel reads ahead at once, at least.
    private static let sampledBytes = 65536
    /// Who reads one old range mostly reads the next one too: so much of it is asked for along with this one.
    private static let readAheadBytes = 1 << 20
    private static let hasCacheStat = Atomic<Bool>(true)

    /// Whether the region can be sent without waiting for the disk, as far as the system says so. What is evicted after
    /// this call, before it is sent, is read from the disk then: rare, and no fault.
    public var isInMemory: Bool {
        let descriptor = owner.fileDescriptor
        guard descriptor >= 0, sizeBytes > 0 else { return true }
        if Self.hasCacheStat.load(ordering: .relaxed) {
            let pages = cplatform_cached_pages(descriptor, UInt64(position), UInt64(sizeBytes))
            if pages >= 0 {
                let first = Int(position) / Self.pageBytes
                let last = (Int(position) + sizeBytes - 1) / Self.pageBytes
                return Int(pages) > last - first
            }
            if errno == ENOSYS { Self.hasCacheStat.store(false, ordering: .relaxed) }
        }
        return isSampleInMemory(descriptor)
    }

    private func isSampleInMemory(_ descriptor: Int32) -> Bool {
        for offset in stride(from: 0, to: sizeBytes, by: Self.sampledBytes) {
            if cplatform_is_byte_cached(descriptor, position + Int64(offset)) == 0 { return false }
        }
        return cplatform_is_byte_cached(descriptor, position + Int64(sizeBytes) - 1) != 0
    }

    /// Reads the region from the disk into memory; returns when it is there. For worker threads. A part that cannot be
    /// read is left to whoever sends it: that fails then.
    public func bringIntoMemory() {
        let descriptor = owner.fileDescriptor
        guard descriptor >= 0 else { return }
        // All of it is asked for at once, then waited for piece by piece.
        _ = posix_fadvise(
            descriptor, off_t(position), off_t(sizeBytes + Self.readAheadBytes), Int32(POSIX_FADV_WILLNEED))
        withUnsafeTemporaryAllocation(byteCount: Self.sampledBytes, alignment: 16) { buffer in
            var done = 0
            while done < sizeBytes {
                let got = pread(
                    descriptor, buffer.baseAddress, min(buffer.count, sizeBytes - done), off_t(position) + off_t(done))
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { return }
                done += got
            }
        }
    }
}
