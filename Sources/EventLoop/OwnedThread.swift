// A thread of ours: named, joined by its owner, and deaf to signals, which are the main thread's.

import CPlatform
import Glibc

/// A running pthread. Whoever starts it joins it.
struct OwnedThread: Sendable {
    private let handle: pthread_t

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts `body` on a thread of its own. Of `name` the system keeps 15 bytes.
    init(name: String, body: @escaping @Sendable () -> Void) throws(NetworkError) {
        // The new thread inherits the mask: SIGTERM and the like are then delivered to the main thread alone.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let error = pthread_create(
            &handle, nil,
            { argument in
                // Never nil: it is what was handed to pthread_create above.
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                cplatform_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard error == 0 else {
            start.release()
            throw NetworkError(call: "pthread_create", subject: name, errno: error)
        }
        self.handle = handle
    }

    /// Waits for the thread's end. To be called once, from another thread.
    func join() {
        precondition(pthread_join(handle, nil) == 0)
    }
}
