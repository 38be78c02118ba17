// The connections of one loop, and what they share: the read buffer, the send list, the watch over idle ones.

import Bytes
import Glibc
import Synchronization

/// One a loop and server; Kafka's Processor is the thread that owns a part of the connections.
///
/// `@unchecked Sendable`: `assignedCount` is atomic, and all variables are touched on the loop alone.
final class Processor: @unchecked Sendable {
    let loop: EventLoop
    let configuration: SocketServerConfiguration
    let quotas: ConnectionQuotas
    let onEvent: @Sendable (NetworkEvent) -> Void
    /// Connections that belong here, those included that are still on the way from the accepting loop.
    let assignedCount = Atomic<Int>(0)
    /// Signalled once, when the server shuts down and the last connection is gone.
    let drained = Semaphore()

    // The loop thread's own.

    /// Where a send gathers its pieces.
    let vectors: UnsafeMutableBufferPointer<iovec>
    /// Where a send copies small ranges of files to.
    let scratch: UnsafeMutableRawBufferPointer
    private var readBuffer: ByteStorage?
    private var active = LeastRecentlyActive()
    private var expiryTimer: TimerId?
    private var sendList: ContiguousArray<Connection> = []
    private var inputList: ContiguousArray<Connection> = []
    private var isTurnEndAsked = false
    private var isDraining = false

    /// Several small requests come in one read; a large one is read into memory of its own.
    static let readBufferBytes = 64 << 10
    private static let vectorsPerSend = 64
    private static let scratchBytes = 64 << 10

    init(
        loop: EventLoop, configuration: SocketServerConfiguration, quotas: ConnectionQuotas,
        onEvent: @escaping @Sendable (NetworkEvent) -> Void
    ) {
        self.loop = loop
        self.configuration = configuration
        self.quotas = quotas
        self.onEvent = onEvent
        vectors = .allocate(capacity: Self.vectorsPerSend)
        scratch = .allocate(byteCount: Self.scratchBytes, alignment: 8)
    }

    deinit {
        vectors.deallocate()
        scratch.deallocate()
    }

    // MARK: Connections come and go

    /// Takes an accepted socket into service.
    func open(_ transport: SocketTransport, id: UInt64, peer: SocketAddress, listener: ListenerContext) {
        let connection = Connection(id: id, transport: transport, peer: peer, listener: listener, processor: self)
        transport.configure(sendBufferBytes: configuration.socketSendBufferBytes)
        connection.register()
        active.insert(connection.slot.index, nowMs: loop.turnMs)
        loop.counters.countAccepted()
        watchForIdle()
        connection.start()
        if isDraining { connection.drain() }
    }

    func closed(_ connection: Connection) {
        active.remove(connection.slot.index)
        assignedCount.subtract(1, ordering: .relaxed)
        loop.counters.countClosed()
        quotas.release(connection.listener, connection.peerAddress.ip)
        if isDraining && active.isEmpty { drained.signal() }
    }

    private func connection(inSlot slot: Int) -> Connection? {
        loop.target(atIndex: slot) as? Connection
    }

    // MARK: Idle connections

    func touch(_ connection: Connection) {
        guard connection.isOpen else { return }
        active.touch(connection.slot.index, nowMs: loop.turnMs)
    }

    /// One timer for all: it is set for the moment at which the least recently active connection would be idle for too
    /// long. Activity does not move it; when it fires, it is set anew by what is the least recently active one then.
    private func watchForIdle() {
        guard expiryTimer == nil, configuration.connectionsMaxIdleMs >= 0, let oldest = active.oldest else { return }
        let idleMs = loop.nowMs - oldest.lastActiveMs
        expiryTimer = loop.schedule(afterMs: configuration.connectionsMaxIdleMs - idleMs) { self.closeIdle() }
    }

    private func closeIdle() {
        expiryTimer = nil
        let nowMs = loop.nowMs
        while let oldest = active.oldest, nowMs - oldest.lastActiveMs >= configuration.connectionsMaxIdleMs,
            let connection = connection(inSlot: oldest.slot)
        {
            onEvent(.idleConnectionClosed(peer: connection.peerAddress, idleMs: nowMs - oldest.lastActiveMs))
            connection.close()
        }
        watchForIdle()
    }

    /// Closes the least recently active connections for as long as there are more than `max.connections` allows.
    func closeExcess() {
        for slot in active.slots {
            guard let connection = connection(inSlot: slot), !quotas.isProtected(connection.listener) else { continue }
            guard quotas.claimExcess() else { return }
            onEvent(.excessConnectionClosed(peer: connection.peerAddress))
            connection.close()
            quotas.excessClosed()
        }
    }

    // MARK: Shutting down

    /// Lets what is in flight be answered, and closes each connection after that.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        if active.isEmpty { drained.signal() }
        for slot in active.slots { connection(inSlot: slot)?.drain() }
    }

    func closeAll() {
        for slot in active.slots { connection(inSlot: slot)?.close() }
    }

    // MARK: The read buffer

    /// The buffer is taken out while it is in use, so that its count of references tells whether a request holds it.
    func takeReadBuffer() -> ByteStorage {
        readBuffer.take() ?? ByteStorage(capacityBytes: Self.readBufferBytes)
    }

    func returnReadBuffer(_ buffer: consuming ByteStorage) {
        renewIfShared(&buffer)
        readBuffer = buffer
    }

    /// A handler that kept a request keeps the buffer with it; reading goes on into another one.
    func renewIfShared(_ buffer: inout ByteStorage) {
        if isKnownUniquelyReferenced(&buffer) {
            // Pairs with the release of the last reference on another thread: its reads are over before ours write.
            atomicMemoryFence(ordering: .acquiring)
        } else {
            buffer = ByteStorage(capacityBytes: Self.readBufferBytes)
        }
    }
}

extension Processor: TurnEndTarget {
    /// Has the connection's answers sent at the end of the turn, together with those that other events will bring.
    func planSend(_ connection: Connection) {
        guard !connection.isSendPlanned else { return }
        connection.isSendPlanned = true
        sendList.append(connection)
        askForTurnEnd()
    }

    /// Has the connection go on with input that it put by, once others had their turn.
    func planInput(_ connection: Connection) {
        inputList.append(connection)
        askForTurnEnd()
    }

    private func askForTurnEnd() {
        guard !isTurnEndAsked else { return }
        isTurnEndAsked = true
        loop.atTurnEnd(self)
    }

    func turnEnded() {
        isTurnEndAsked = false
        var sending: ContiguousArray<Connection> = []
        var resuming: ContiguousArray<Connection> = []
        swap(&sending, &sendList)
        swap(&resuming, &inputList)
        for connection in sending {
            connection.isSendPlanned = false
            connection.send()
            connection.settle()
        }
        for connection in resuming { connection.resumeInput() }
        // Keep the memory when nothing was added meanwhile.
        sending.removeAll(keepingCapacity: sending.count <= 1024)
        if sendList.isEmpty { swap(&sending, &sendList) }
    }
}
