// Listeners and their connections over a group of loops. Kafka's SocketServer.

import Synchronization

/// Serves frames on any number of listeners. Made over a running group of loops, shut down before it.
public final class SocketServer: Sendable {
    public let configuration: SocketServerConfiguration
    let processors: [Processor]
    let quotas: ConnectionQuotas
    let onEvent: @Sendable (NetworkEvent) -> Void
    private let listeners = Mutex<[Listener]>([])
    private let nextConnectionId = Atomic<UInt64>(1)
    private let isShutDown = Atomic<Bool>(false)
    private let group: EventLoopGroup

    /// `onEvent` hears, from any thread, what an operator may want to read of.
    public init(
        group: EventLoopGroup, configuration: SocketServerConfiguration,
        onEvent: @escaping @Sendable (NetworkEvent) -> Void = { _ in }
    ) {
        self.group = group
        self.configuration = configuration
        self.onEvent = onEvent
        let quotas = ConnectionQuotas(limits: configuration.connectionLimits)
        self.quotas = quotas
        processors = group.loops.map { loop in
            Processor(loop: loop, configuration: configuration, quotas: quotas, onEvent: onEvent)
        }
    }

    /// Binds a listener; it accepts after `start()`. `makeHandler` is called once for each connection, on its loop.
    public func bind(
        _ listener: ListenerConfiguration, makeHandler: @escaping @Sendable (Connection) -> any FrameHandler
    ) throws(NetworkError) -> Listener {
        let socket = try BoundSocket(
            host: listener.host, port: listener.port, backlog: configuration.socketListenBacklogSize,
            receiveBufferBytes: configuration.socketReceiveBufferBytes)
        let context = ListenerContext(name: listener.name, isProtected: listener.isProtected, makeHandler: makeHandler)
        quotas.add(context)
        return listeners.withLock { listeners in
            let loop = group.loops[listeners.count % group.loops.count]
            let bound = Listener(
                descriptor: socket.descriptor, address: socket.address, context: context, loop: loop, server: self)
            listeners.append(bound)
            return bound
        }
    }

    /// Changes the limits. Connections above a lowered `max.connections` are closed, the least recently active first;
    /// those above a lowered limit of a listener or peer stay, as in Kafka.
    public func updateConnectionLimits(_ limits: ConnectionLimits) {
        quotas.update(limits)
        closeExcess()
    }

    func closeExcess() {
        for processor in processors { processor.loop.execute { processor.closeExcess() } }
    }

    /// Sums over all loops.
    public var counters: NetworkCounters {
        processors.reduce(NetworkCounters()) { $0 + $1.loop.counters.snapshot }
    }

    /// Hands an accepted socket to the loop with the fewest connections. Among equals chance decides: clients open a
    /// first connection that they hardly use and then a busy one, and any fixed order could put all busy ones on one
    /// loop.
    func assign(_ transport: SocketTransport, peer: SocketAddress, listener: ListenerContext) {
        let first = Int.random(in: 0..<processors.count)
        var chosen = processors[first]
        for offset in 1..<max(processors.count, 1) {
            let candidate = processors[(first + offset) % processors.count]
            if candidate.assignedCount.load(ordering: .relaxed) < chosen.assignedCount.load(ordering: .relaxed) {
                chosen = candidate
            }
        }
        chosen.assignedCount.add(1, ordering: .relaxed)
        let processor = chosen
        let id = nextConnectionId.wrappingAdd(1, ordering: .relaxed).oldValue
        processor.loop.execute { processor.open(transport, id: id, peer: peer, listener: listener) }
    }

    // MARK: Shutting down

    /// Closes the listeners, takes no more requests, and closes each connection once what is in flight is answered.
    /// Returns at once; the owner then has time to answer what waits. From any thread.
    public func beginShutdown() {
        for listener in listeners.withLock({ $0 }) { listener.close() }
        for processor in processors { processor.loop.execute { processor.drain() } }
    }

    /// As `beginShutdown`, and waits until all connections are closed; after `drainMs` those that are left are closed
    /// as they are. Not from a loop. Later calls do nothing.
    public func shutdown(drainMs: Int64) {
        precondition(!processors.contains { $0.loop.isOnLoop }, "a loop cannot wait for itself")
        guard !isShutDown.exchange(true, ordering: .relaxed) else { return }
        beginShutdown()
        let deadlineNs = MonotonicClock.nowNs + UInt64(max(drainMs, 0)) * 1_000_000
        for processor in processors where !processor.drained.wait(untilNs: deadlineNs) {
            processor.loop.execute { processor.closeAll() }
            processor.drained.wait()
        }
    }
}
