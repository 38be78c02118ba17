// Bounds the number of files that logs keep open.

import Files
import Glibc
import Synchronization

/// A ring of the files opened last. Segments refer to their open files weakly; the ring keeps `capacity` of them alive,
/// and whoever is reading from one keeps it alive himself. A file that fell out is closed, and opened again when
/// needed.
final class OpenFilePool: Sendable {
    private struct Ring {
        var files: [(any OpenFile)?] = []
        var next = 0
    }

    private let ring = Mutex(Ring())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 8)
    }

    /// A quarter of what the process may open: the rest is for connections and for what is being sent.
    static func standardCapacity() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        return Int(clamping: min(limit.rlim_cur, 1 << 20) / 4)
    }

    /// Keeps `file` open until `capacity` others were opened after it.
    func keep(_ file: any OpenFile) {
        // What falls out is closed when this returns, outside the lock.
        let displaced: (any OpenFile)? = ring.withLock { ring in
            if ring.files.count < capacity {
                ring.files.append(file)
                return nil
            }
            let old = ring.files[ring.next]
            ring.files[ring.next] = file
            ring.next = ring.next + 1 == capacity ? 0 : ring.next + 1
            return old
        }
        withExtendedLifetime(displaced) {}
    }
}
