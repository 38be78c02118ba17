// A counting semaphore: how a thread that has nothing to do waits at no cost.

import CPlatform
import Glibc

/// POSIX's unnamed semaphore.
///
/// `@unchecked Sendable`: the pointer never changes, and the system's semaphore is made to be used by many threads.
final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        precondition(sem_init(semaphore, 0, 0) == 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() {
        precondition(sem_post(semaphore) == 0)
    }

    func wait() {
        while sem_wait(semaphore) != 0 { precondition(errno == EINTR) }
    }

    /// False when the monotonic clock reached `deadlineNs` first.
    func wait(untilNs deadlineNs: UInt64) -> Bool {
        while cplatform_semaphore_wait_until(semaphore, deadlineNs) != 0 {
            if errno == ETIMEDOUT { return false }
            precondition(errno == EINTR)
        }
        return true
    }
}
