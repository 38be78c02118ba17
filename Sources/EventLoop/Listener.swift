// A listening socket: accepts, counts, and hands each connection to the loop that has the fewest.

import CPlatform
import Glibc

/// What the connections of a listener have in common.
final class ListenerContext: Sendable {
    let name: String
    let isProtected: Bool
    let makeHandler: @Sendable (Connection) -> any FrameHandler

    init(name: String, isProtected: Bool, makeHandler: @escaping @Sendable (Connection) -> any FrameHandler) {
        self.name = name
        self.isProtected = isProtected
        self.makeHandler = makeHandler
    }
}

/// A listener of a `SocketServer`. It is bound when it is made, and accepts once it is started; what connects in
/// between waits in the system's backlog.
///
/// One loop accepts and hands the sockets over: with `SO_REUSEPORT` the kernel would choose a loop by a hash of the
/// addresses, and a handful of busy connections could well end up on one loop.
///
/// `@unchecked Sendable`: the constants may be read by anyone; every variable is touched on `loop` alone.
public final class Listener: @unchecked Sendable {
    /// Where it listens; the port is the one chosen by the system if none was asked for.
    public let address: SocketAddress
    let context: ListenerContext
    let loop: EventLoop
    private let descriptor: Int32
    private let server: SocketServer

    // The loop thread's own.
    private var slot: SlotId?
    private var watched: PollInterest = []
    private var isOpen = true
    private var isFailureReported = false

    /// So many connections are accepted before others of the loop have their turn.
    private static let acceptsPerTurn = 64
    /// How long to leave the system alone when it has no descriptor or memory for a connection.
    private static let retryAfterFailureMs: Int64 = 100

    init(descriptor: Int32, address: SocketAddress, context: ListenerContext, loop: EventLoop, server: SocketServer) {
        self.descriptor = descriptor
        self.address = address
        self.context = context
        self.loop = loop
        self.server = server
    }

    public var name: String { context.name }

    /// Begins to accept. From any thread.
    public func start() {
        loop.execute {
            guard self.isOpen, self.slot == nil else { return }
            self.slot = self.loop.register(self)
            self.watch(.readable)
        }
    }

    /// Stops listening; connections that it accepted stay. From any thread.
    public func close() {
        loop.execute { self.closeNow() }
    }

    private func closeNow() {
        guard isOpen else { return }
        isOpen = false
        watch([])
        if let slot { loop.deregister(slot) }
        _ = Glibc.close(descriptor)
    }

    /// There is room for a connection again. From any thread.
    func resume() {
        loop.execute { if self.isOpen { self.watch(.readable) } }
    }

    private func watch(_ interest: PollInterest) {
        guard let slot, interest != watched else { return }
        guard loop.poller.watch(descriptor, slot, from: watched, to: interest) else {
            pauseAfterFailure("epoll_ctl", ENOSPC)
            return
        }
        watched = interest
    }

    // MARK: Accepting

    /// One attempt; false when there is nothing more to accept for now.
    private func acceptOne() -> Bool {
        let quota = server.quotas.takeSlot(self)
        if quota == .none {
            server.onEvent(.connectionLimitReached(listener: name))
            watch([])
            return false
        }
        var storage = sockaddr_storage()
        let accepted = retryingInterrupted { cplatform_accept(descriptor, &storage) }
        guard accepted >= 0 else {
            let error = errno
            server.quotas.returnSlot(context)
            return goesOn(after: error)
        }
        isFailureReported = false
        let transport = SocketTransport(descriptor: accepted)
        guard let peer = SocketAddress(storage) else {
            server.quotas.returnSlot(context)
            transport.close()
            return true
        }
        if let limit = server.quotas.countPeer(context, peer.ip) {
            server.onEvent(.tooManyConnections(from: peer.ip, limit: limit))
            transport.close()
            return true
        }
        server.assign(transport, peer: peer, listener: context)
        if quota == .takenInExcess { server.closeExcess() }
        return true
    }

    /// Whether the next attempt is worth making at once.
    private func goesOn(after error: Int32) -> Bool {
        switch error {
        case EAGAIN, EWOULDBLOCK:
            return false
        case EBADF, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP:
            preconditionFailure("accept4 failed with errno \(error): a wrong descriptor or argument")
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            pauseAfterFailure("accept4", error)
            return false
        default:
            // The connection that was to be accepted failed already: ECONNABORTED, and whatever the network reports.
            return true
        }
    }

    /// The backlog stays readable, so that watching on would spin.
    private func pauseAfterFailure(_ call: String, _ error: Int32) {
        if !isFailureReported {
            isFailureReported = true
            let error = NetworkError(call: call, subject: address.description, errno: error)
            server.onEvent(.acceptFailed(listener: name, error))
        }
        watch([])
        loop.schedule(afterMs: Self.retryAfterFailureMs) { if self.isOpen { self.watch(.readable) } }
    }
}

extension Listener: PollTarget {
    func becameReady(_ readiness: PollReadiness) {
        for _ in 0..<Self.acceptsPerTurn {
            guard isOpen, acceptOne() else { return }
        }
    }

    func loopStopped() {
        closeNow()
    }
}
