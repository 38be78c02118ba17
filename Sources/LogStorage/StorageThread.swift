// A thread for what may block: the file system's work, away from the loops.

import Glibc

/// A running pthread. Whoever starts it joins it or detaches it, once.
struct StorageThread: Sendable {
    private let handle: pthread_t

    /// pthread_create's errno: the system has no thread to give.
    struct Refused: Error {
        let errno: Int32
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Starts `body` on a thread of its own.
    init(_ body: @escaping @Sendable () -> Void) throws(Refused) {
        let start = Unmanaged.passRetained(Start(body))
        var handle = pthread_t()
        let errno = pthread_create(
            &handle, nil,
            { argument in
                // Never nil: it is what was handed to pthread_create.
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard errno == 0 else {
            start.release()
            throw Refused(errno: errno)
        }
        self.handle = handle
    }

    /// Waits for the thread's end. Not from the thread itself.
    func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread end by itself.
    func detach() {
        pthread_detach(handle)
    }
}
