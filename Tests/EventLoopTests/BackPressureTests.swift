// A peer that asks and does not read is no longer read from, and harms nobody else.

import Bytes
import Glibc
import Testing

@testable import EventLoop

@Suite struct BackPressureTests {
    /// Pushes small requests, each with an answer of `answerBytes`, until the server's side is full.
    private func flood(_ client: TestClient, limit: Int) -> Int {
        let request = TestClient.framed([UInt8](repeating: 1, count: 1996))
        var sent = 0
        var refusals = 0
        while sent < limit, refusals < 100 {
            let count = client.sendWithoutWaiting(request)
            sent += count
            if count < request.count {
                refusals += 1
                usleep(2000)
                // A request that went out in part would spoil the stream.
                if count > 0 { break }
            } else {
                refusals = 0
            }
        }
        return sent
    }

    @Test func aSlowReaderIsNotReadFromAndMemoryIsBounded() throws {
        let answerBytes = 10_000
        var configuration = SocketServerConfiguration()
        configuration.maxUnsentBytes = 200_000
        let test = try TestServer(configuration: configuration) { _, reply in
            reply.send(answerOf([UInt8](repeating: 9, count: answerBytes)))
        }
        defer { test.stop() }
        let slow = try test.client(receiveBufferBytes: 4096)
        let flooded = flood(slow, limit: 20_000_000)
        #expect(flooded < 20_000_000, "the server took everything")
        #expect(eventually { test.server.counters.frames > 20 })
        usleep(50_000)
        let handled = test.server.counters.frames
        // What is unsent in memory, and what the sockets' own buffers hold (the system doubles what was asked for).
        #expect(handled * answerBytes < 200_000 + 2 * answerBytes + 1_000_000)

        let other = try test.client()
        try other.sendFrame([1])
        #expect(try other.receiveFrame()?.count == answerBytes, "others go on")

        // Once it reads again, all that it asked for is answered.
        let requests = flooded / 2000
        for _ in 0..<requests { #expect(try slow.receiveFrame()?.count == answerBytes) }
        #expect(test.server.counters.frames == requests + 1)
    }

    @Test func noMoreRequestsAreInFlightThanAllowed() throws {
        let held = HeldReplies()
        var configuration = SocketServerConfiguration()
        configuration.maxInFlightRequests = 3
        let test = try TestServer(configuration: configuration, onFrame: held.hold)
        defer { test.stop() }
        let client = try test.client()
        try client.send((0..<10).flatMap { TestClient.framed([$0]) })
        #expect(eventually { held.count == 3 })
        usleep(20_000)
        #expect(held.count == 3)
        try held.answer(1)
        usleep(20_000)
        #expect(test.server.counters.frames == 3, "the second answer waits for the first: still three in flight")
        try held.answer(0)
        #expect(eventually { test.server.counters.frames == 5 })
        for key: UInt8 in [2, 3, 4] { try held.answer(key) }
        #expect(eventually { test.server.counters.frames == 8 })
        for key: UInt8 in [5, 6, 7] { try held.answer(key) }
        #expect(eventually { test.server.counters.frames == 10 })
        for key: UInt8 in [8, 9] { try held.answer(key) }
        for key in UInt8(0)..<10 { #expect(try client.receiveFrame() == [key]) }
    }

    @Test func aConnectionThatIsNotReadFromCostsNoTime() throws {
        let held = HeldReplies()
        var configuration = SocketServerConfiguration()
        configuration.maxInFlightRequests = 1
        let test = try TestServer(configuration: configuration, onFrame: held.hold)
        defer { test.stop() }
        // The peer waits with more input, and another one is gone: neither may wake the loop again and again.
        let waiting = try test.client()
        try waiting.send(TestClient.framed([1]) + TestClient.framed([2]))
        let gone = try test.client()
        try gone.send(TestClient.framed([3]) + TestClient.framed([4]))
        #expect(eventually { held.count == 2 })
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(gone.descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        shutdown(gone.descriptor, Int32(SHUT_RDWR))
        let loop = test.group.loops[0]
        let before = onLoop(loop) { threadTimeNs() }
        usleep(200_000)
        #expect(onLoop(loop) { threadTimeNs() } - before < 20_000_000)
        try held.answer(1)
        #expect(try waiting.receiveFrame() == [1])
    }

    @Test func aLargeAnswerDoesNotHoldUpTheLoop() throws {
        let test = try TestServer { frame, reply in
            if frame.isEmpty {
                reply.send(answerOf([UInt8](repeating: 3, count: 30 << 20)))
            } else {
                echo(frame, reply)
            }
        }
        defer { test.stop() }
        let large = try test.client()
        try large.sendFrame([])
        #expect(large.hasInput(withinMs: 10_000))
        let small = try test.client()
        for number in UInt8(0)..<50 {
            try small.sendFrame([number])
            #expect(try small.receiveFrame() == [number])
        }
        #expect(test.server.counters.bytesOut < 20 << 20, "the large answer waits for its reader meanwhile")
        #expect(try large.receiveFrame()?.count == 30 << 20)
    }
}

func threadTimeNs() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
