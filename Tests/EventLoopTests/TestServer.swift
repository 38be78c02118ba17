// A server on 127.0.0.1 whose handlers are closures, and what tests wait with.

import Bytes
import Glibc
import Synchronization

@testable import EventLoop

/// Handles each request by a closure.
final class ScriptedHandler: FrameHandler {
    private let onFrame: @Sendable (ByteSlice, Reply) -> Void
    private let onInputEnd: @Sendable () -> Void
    private let onClose: @Sendable () -> Void

    init(
        onFrame: @escaping @Sendable (ByteSlice, Reply) -> Void, onInputEnd: @escaping @Sendable () -> Void = {},
        onClose: @escaping @Sendable () -> Void
    ) {
        self.onFrame = onFrame
        self.onInputEnd = onInputEnd
        self.onClose = onClose
    }

    func handle(frame: ByteSlice, reply: Reply) { onFrame(frame, reply) }
    func inputEnded() { onInputEnd() }
    func connectionClosed() { onClose() }
}

/// A group of loops, a server and one listener, all stopped by `stop`.
final class TestServer: Sendable {
    let group: EventLoopGroup
    let server: SocketServer
    let listener: Listener
    let events = Collected<NetworkEvent>()
    let inputEndCount: Collected<Int>
    let closedCount: Collected<Int>

    init(
        loops: Int = 1, configuration: SocketServerConfiguration = SocketServerConfiguration(),
        onFrame: @escaping @Sendable (ByteSlice, Reply) -> Void = echo,
        onInputEnd: @escaping @Sendable () -> Void = {}
    ) throws {
        let events = events
        let closed = Collected<Int>()
        closedCount = closed
        let ended = Collected<Int>()
        inputEndCount = ended
        group = try EventLoopGroup(count: loops, name: "test")
        server = SocketServer(group: group, configuration: configuration) { events.append($0) }
        listener = try server.bind(ListenerConfiguration(name: "PLAINTEXT", host: "127.0.0.1", port: 0)) { _ in
            ScriptedHandler(
                onFrame: onFrame,
                onInputEnd: {
                    ended.append(1)
                    onInputEnd()
                }, onClose: { closed.append(1) })
        }
        listener.start()
    }

    var port: UInt16 { listener.address.port }

    func client(receiveBufferBytes: Int32? = nil) throws -> TestClient {
        try TestClient(port: port, receiveBufferBytes: receiveBufferBytes)
    }

    func stop(drainMs: Int64 = 0) {
        server.shutdown(drainMs: drainMs)
        group.shutdown()
    }
}

/// Answers with the request.
@Sendable func echo(_ frame: ByteSlice, _ reply: Reply) {
    reply.send(answerOf(frame.array))
}

/// An answer of these bytes, with the room for its size before them.
func answerOf(_ bytes: [UInt8]) -> ByteSlice { ByteSlice(copying: [0, 0, 0, 0] + bytes) }

/// Values that other threads bring.
final class Collected<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func append(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }
    var count: Int { values.withLock { $0.count } }
}

/// Waits until `condition` holds; false when it does not within ten seconds.
func eventually(withinMs limitMs: Int64 = 10_000, _ condition: () -> Bool) -> Bool {
    let deadlineMs = MonotonicClock.nowMs + limitMs
    while !condition() {
        if MonotonicClock.nowMs > deadlineMs { return false }
        usleep(1000)
    }
    return true
}

/// Runs `body` on the loop and waits for its result.
func onLoop<Result: Sendable>(_ loop: EventLoop, _ body: @escaping @Sendable () -> Result) -> Result {
    let done = Semaphore()
    let result = Mutex<Result?>(nil)
    loop.execute {
        let value = body()
        result.withLock { $0 = value }
        done.signal()
    }
    done.wait()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("no result") }
    return value
}
