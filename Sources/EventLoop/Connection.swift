// One accepted connection: what it has read, what it owes, and when it ends.

import Bytes

/// A connection, owned by one loop. Handlers see who is at the other end, and may close it.
///
/// Its life: requests are read as long as few enough are in flight (`Connection+Receiving.swift`); each is given to the
/// handler; answers are lined up in the requests' order and sent (`Connection+Sending.swift`). When the peer sends no
/// more, what it asked for is still answered; then the connection closes.
///
/// `@unchecked Sendable`: replies carry the reference to other threads, which only read the constants and post to the
/// loop; every variable is touched on the loop alone.
public final class Connection: @unchecked Sendable {
    /// Unlike any other connection's since the process started.
    public let id: UInt64
    public let peerAddress: SocketAddress

    let processor: Processor
    let listener: ListenerContext
    let transport: SocketTransport

    // The loop thread's own.
    private(set) var slot = SlotId(rawValue: 0)
    var handler: (any FrameHandler)?
    private var watched: PollInterest = []
    public private(set) var isOpen = true
    /// No more requests are taken: the peer is done, the stream is broken, or the server shuts down.
    var inputEnded = false
    /// Close as soon as the outbound queue is empty.
    var closesWhenSent = false
    /// In the processor's list of connections to send at the turn's end, or about to send anyway.
    var isSendPlanned = false
    /// The socket's buffer is full: only its becoming writable is worth another attempt.
    var isSendBlocked = false
    /// The handler wants no further request for now.
    private var isInputHeld = false

    var assembler: FrameAssembler
    /// Input that was read before reading had to stop, to be gone on with later.
    var unreadInput: ByteSlice?
    /// Requests that were handed out and whose turn to be answered has not come, from `firstPending` on.
    var pending = Ring<PendingAnswer>()
    var firstPending: UInt64 = 0
    var outbound = OutboundQueue()

    init(id: UInt64, transport: SocketTransport, peer: SocketAddress, listener: ListenerContext, processor: Processor) {
        self.id = id
        self.transport = transport
        self.peerAddress = peer
        self.listener = listener
        self.processor = processor
        assembler = FrameAssembler(maxFrameBytes: processor.configuration.socketRequestMaxBytes)
    }

    public var loop: EventLoop { processor.loop }
    public var listenerName: String { listener.name }

    /// The address that the peer connected to; nil once the connection is closed. On the loop only.
    public var localAddress: SocketAddress? {
        loop.preconditionOnLoop()
        return isOpen ? SocketAddress(localOf: transport.descriptor) : nil
    }

    /// Closes at once, whatever is unsent or unanswered. On the loop only.
    public func close() {
        loop.preconditionOnLoop()
        guard isOpen else { return }
        isOpen = false
        inputEnded = true
        watch([])
        loop.deregister(slot)
        transport.close()
        unreadInput = nil
        assembler = FrameAssembler(maxFrameBytes: 0)
        pending.removeAll()
        outbound.removeAll()
        let handler = handler.take()
        handler?.connectionClosed()
        processor.closed(self)
    }

    /// Has the loop know the connection; nothing is read yet.
    func register() {
        slot = loop.register(self)
    }

    /// Makes the handler and begins to read.
    func start() {
        handler = listener.makeHandler(self)
        settle()
    }

    /// Hands out no further request until `releaseInput`. On the loop only.
    public func holdInput() {
        loop.preconditionOnLoop()
        isInputHeld = true
    }

    /// Goes on with the requests. On the loop only.
    public func releaseInput() {
        loop.preconditionOnLoop()
        isInputHeld = false
        settle()
    }

    // MARK: Between requests and answers

    /// Requests read whose answers are not sent to the end.
    var inFlight: Int { pending.count + outbound.answerCount }

    /// Whether the next request may be taken.
    var acceptsInput: Bool {
        !inputEnded && !isInputHeld && inFlight < processor.configuration.maxInFlightRequests
            && outbound.memoryBytes <= processor.configuration.maxUnsentBytes
    }

    func handOut(_ frame: ByteSlice) {
        let sequence = firstPending + UInt64(pending.count)
        pending.append(.waiting)
        loop.counters.countFrame()
        handler?.handle(frame: frame, reply: Reply(connection: self, sequence: sequence))
    }

    /// Notes an answer, and lines up those whose turn has come.
    func complete(_ sequence: UInt64, _ answer: PendingAnswer) {
        guard isOpen else { return }
        let position = Int(sequence &- firstPending)
        precondition(position >= 0 && position < pending.count && pending[position].isWaiting, "answered twice")
        if case .closing = answer, position == pending.count - 1 { inputEnded = true }
        pending[position] = answer
        while let first = pending.first, !first.isWaiting {
            pending.removeFirst()
            firstPending += 1
            lineUp(first)
        }
        pending.shrinkWhenEmpty(above: 16)
        processor.planSend(self)
    }

    private func lineUp(_ answer: PendingAnswer) {
        // After a closing answer nothing more is said.
        guard !closesWhenSent else { return }
        switch answer {
        case .waiting: preconditionFailure("an answer is lined up before it is there")
        case .bytes(let bytes): outbound.append(bytes)
        case .pieces(let pieces): outbound.append(pieces)
        case .nothing: break
        case .closing:
            inputEnded = true
            closesWhenSent = true
        }
    }

    /// Takes no more requests; answers what is in flight, then closes.
    func drain() {
        inputEnded = true
        settle()
    }

    /// Brings everything in line after input was taken or output sent: goes on reading, waits for the socket, or ends.
    func settle() {
        guard isOpen else { return }
        if inputEnded { unreadInput = nil }
        if outbound.isEmpty && (closesWhenSent || inputEnded && pending.isEmpty) {
            close()
            return
        }
        if unreadInput != nil && acceptsInput { processor.planInput(self) }
        var interest: PollInterest = []
        if acceptsInput && unreadInput == nil { interest.insert(.readable) }
        if !outbound.isEmpty { interest.insert(.writable) }
        watch(interest)
    }

    private func watch(_ interest: PollInterest) {
        guard interest != watched else { return }
        let isWatched = loop.poller.watch(transport.descriptor, slot, from: watched, to: interest)
        watched = isWatched ? interest : []
        if !isWatched { close() }
    }
}

extension Connection: PollTarget {
    func becameReady(_ readiness: PollReadiness) {
        guard isOpen else { return }
        processor.touch(self)
        // What is answered from here on is sent below, without the way over the turn's end.
        isSendPlanned = true
        if !readiness.isDisjoint(with: [.writable, .broken]) {
            isSendBlocked = false
            send()
        }
        if acceptsInput, unreadInput == nil, !readiness.isDisjoint(with: [.readable, .broken]) { receive() }
        isSendPlanned = false
        send()
        settle()
    }

    func loopStopped() {
        close()
    }
}
