// The environment's refusals: a system call that failed for a reason outside of this program.

import Glibc

/// A system call on a socket, a poller or a thread failed.
public struct NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call's name, for example `bind`.
    public let call: String
    /// What it was called on, for example `127.0.0.1:9092`; may be empty.
    public let subject: String
    /// The system's error number; 0 where the call reports in another way (`getaddrinfo`).
    public let errno: Int32
    /// The system's words for it.
    public let reason: String

    public init(call: String, subject: String, errno: Int32) {
        self.init(call: call, subject: subject, errno: errno, reason: String(cString: strerror(errno)))
    }

    public init(call: String, subject: String, errno: Int32, reason: String) {
        self.call = call
        self.subject = subject
        self.errno = errno
        self.reason = reason
    }

    public var description: String {
        let place = subject.isEmpty ? "" : " \(subject)"
        return errno == 0 ? "\(call)\(place): \(reason)" : "\(call)\(place): \(reason) (errno \(errno))"
    }
}

/// What a call on a non-blocking socket came to.
enum TransferResult: Equatable {
    /// So many bytes went through; 0 is the end of the input, or of the file.
    case transferred(Int)
    case wouldBlock
    /// The connection is of no more use: the peer reset it, or it timed out.
    case failed(errno: Int32)
}

/// Calls `body` again as long as a signal interrupts it.
@inline(__always)
func retryingInterrupted<T: SignedInteger>(_ body: () -> T) -> T {
    while true {
        let result = body()
        if result != -1 || errno != EINTR { return result }
    }
}

/// A transfer on a non-blocking socket: EINTR is retried, and an errno that only a fault of ours can cause stops the
/// process, because carrying on would read or write somebody else's descriptor.
@inline(__always)
func transfer(_ call: StaticString, _ body: () -> Int) -> TransferResult {
    let result = retryingInterrupted(body)
    if result >= 0 { return .transferred(result) }
    let error = errno
    if error == EAGAIN || error == EWOULDBLOCK { return .wouldBlock }
    preconditionPossible(error, call)
    return .failed(errno: error)
}

/// Stops the process on an errno that no environment can cause.
func preconditionPossible(_ error: Int32, _ call: StaticString) {
    switch error {
    case EBADF, EFAULT, ENOTSOCK, EINVAL:
        preconditionFailure("\(call) failed with errno \(error): a wrong descriptor or argument")
    default: break
    }
}
