// Answers leave in the order of the requests, whenever and wherever each of them is ready.

import Bytes
import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// Keeps the replies that a handler does not give at once.
final class HeldReplies: Sendable {
    private let replies = Mutex<[UInt8: Reply]>([:])

    func hold(_ frame: ByteSlice, _ reply: Reply) {
        let key = frame[0]
        replies.withLock { $0[key] = reply }
    }

    var count: Int { replies.withLock { $0.count } }

    func take(_ key: UInt8) -> Reply? { replies.withLock { $0.removeValue(forKey: key) } }

    func answer(_ key: UInt8) throws {
        try #require(take(key)).send(answerOf([key]))
    }
}

@Suite struct AnswerOrderTests {
    @Test func answersKeepTheRequestsOrderHoweverLateOneIs() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        defer { test.stop() }
        let client = try test.client()
        for key in UInt8(0)..<5 { try client.sendFrame([key]) }
        #expect(eventually { held.count == 5 })
        for key: UInt8 in [4, 2, 1, 3] { try held.answer(key) }
        #expect(!client.hasInput(withinMs: 50), "nothing leaves before the first request's answer")
        try held.answer(0)
        for key in UInt8(0)..<5 { #expect(try client.receiveFrame() == [key]) }
    }

    @Test func anAnswerOnTheLoopItselfWaitsForEarlierOnesToo() throws {
        let held = HeldReplies()
        let test = try TestServer { frame, reply in
            if frame[0] == 0 { held.hold(frame, reply) } else { echo(frame, reply) }
        }
        defer { test.stop() }
        let client = try test.client()
        for key in UInt8(0)..<4 { try client.sendFrame([key]) }
        #expect(!client.hasInput(withinMs: 50))
        try held.answer(0)
        for key in UInt8(0)..<4 { #expect(try client.receiveFrame() == [key]) }
    }

    @Test func noRequestIsTakenWhileTheInputIsHeld() throws {
        let held = HeldReplies()
        let test = try TestServer { frame, reply in
            if frame[0] == 0 { reply.connection.holdInput() }
            held.hold(frame, reply)
        }
        defer { test.stop() }
        let client = try test.client()
        // The second comes in the same read as the first, the third while the input is held.
        try client.send(TestClient.framed([0]) + TestClient.framed([1]))
        #expect(eventually { held.count == 1 })
        try client.sendFrame([2])
        #expect(!client.hasInput(withinMs: 50) && held.count == 1)
        let first = try #require(held.take(0))
        first.connection.loop.execute {
            first.send(answerOf([0]))
            first.connection.releaseInput()
        }
        #expect(eventually { held.count == 2 })
        try held.answer(1)
        try held.answer(2)
        for key in UInt8(0)..<3 { #expect(try client.receiveFrame() == [key]) }
    }

    @Test func aConnectionThatIsClosedWhileItsInputIsHeldStaysClosed() throws {
        let held = HeldReplies()
        let test = try TestServer { frame, reply in
            reply.connection.holdInput()
            held.hold(frame, reply)
        }
        defer { test.stop() }
        let client = try test.client()
        try client.send(TestClient.framed([0]) + TestClient.framed([1]))
        #expect(eventually { held.count == 1 })
        let first = try #require(held.take(0))
        first.connection.loop.execute {
            first.connection.close()
            first.send(answerOf([0]))
            first.connection.releaseInput()
        }
        #expect(try client.isClosedByServer())
        #expect(held.count == 0)
    }

    @Test func answersFromManyThreadsKeepTheOrder() throws {
        let pool = WorkerPool(maxThreads: 4)
        let test = try TestServer { frame, reply in
            let bytes = frame.array
            pool.submit { reply.send(answerOf(bytes)) }
        }
        defer {
            pool.shutdown()
            test.stop()
        }
        let client = try test.client()
        let frames = (0..<2000).map { number in TestClient.prefix(Int32(number)) }
        for part in stride(from: 0, to: 2000, by: 50) {
            try client.send(frames[part..<part + 50].flatMap(TestClient.framed))
            for number in part..<part + 50 { #expect(try client.receiveFrame() == frames[number]) }
        }
    }

    @Test func aRequestWithoutAnAnswerLeavesNoGap() throws {
        let held = HeldReplies()
        let test = try TestServer { frame, reply in
            if frame[0] == 1 { reply.none() } else { held.hold(frame, reply) }
        }
        defer { test.stop() }
        let client = try test.client()
        for key in UInt8(0)..<3 { try client.sendFrame([key]) }
        #expect(eventually { held.count == 2 })
        try held.answer(2)
        try held.answer(0)
        #expect(try client.receiveFrame() == [0])
        #expect(try client.receiveFrame() == [2])
    }

    @Test func requestsWithoutAnswersDoNotUseUpThoseInFlight() throws {
        var configuration = SocketServerConfiguration()
        configuration.maxInFlightRequests = 2
        let test = try TestServer(configuration: configuration) { frame, reply in
            if frame.isEmpty { reply.none() } else { echo(frame, reply) }
        }
        defer { test.stop() }
        let client = try test.client()
        for _ in 0..<50 { try client.sendFrame([]) }
        try client.sendFrame([7])
        #expect(try client.receiveFrame() == [7])
    }

    @Test func closingComesAfterEarlierAnswersAndNothingComesAfterIt() throws {
        let held = HeldReplies()
        let handled = Collected<UInt8>()
        let test = try TestServer { frame, reply in
            handled.append(frame[0])
            if frame[0] == 1 { reply.close() } else { held.hold(frame, reply) }
        }
        defer { test.stop() }
        let client = try test.client()
        try client.send((0..<3).flatMap { TestClient.framed([$0]) })
        #expect(eventually { held.count == 1 })
        #expect(!client.hasInput(withinMs: 50), "not closed while the first request waits")
        try held.answer(0)
        #expect(try client.receiveFrame() == [0])
        #expect(try client.isClosedByServer())
        #expect(handled.all == [0, 1], "no request after the closing one is handled")
        #expect(eventually { test.closedCount.count == 1 })
    }

    @Test func aLateClosingDropsTheAnswersAfterIt() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        defer { test.stop() }
        let client = try test.client()
        for key in UInt8(0)..<3 { try client.sendFrame([key]) }
        #expect(eventually { held.count == 3 })
        try held.answer(2)
        try #require(held.take(1)).close()
        try held.answer(0)
        #expect(try client.receiveFrame() == [0])
        #expect(try client.isClosedByServer())
    }

    @Test func anAnswerAfterTheConnectionClosedGoesNowhere() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        defer { test.stop() }
        do {
            let client = try test.client()
            try client.sendFrame([1])
            #expect(eventually { held.count == 1 })
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        }
        #expect(eventually { test.closedCount.count == 1 })
        try held.answer(1)
        let next = try test.client()
        try next.sendFrame([2])
        #expect(eventually { held.count == 1 })
        try held.answer(2)
        #expect(try next.receiveFrame() == [2])
    }

    @Test func answeringTwiceIsAFault() async {
        await #expect(processExitsWith: .failure) {
            let test = try TestServer { frame, reply in
                reply.none()
                reply.none()
            }
            let client = try test.client()
            try client.sendFrame([1])
            _ = try client.receiveFrame()
        }
    }

    @Test func whatWasAskedBeforeThePeerEndedItsSideIsAnswered() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        defer { test.stop() }
        let client = try test.client()
        try client.sendFrame([1])
        try client.sendFrame([2])
        client.endOutput()
        #expect(eventually { held.count == 2 })
        try held.answer(2)
        try held.answer(1)
        #expect(try client.receiveFrame() == [1])
        #expect(try client.receiveFrame() == [2])
        #expect(try client.isClosedByServer())
    }

    @Test func requestsOfAPeerThatIsGoneAreStillHandled() throws {
        let sizes = Collected<Int>()
        let test = try TestServer { frame, reply in
            sizes.append(frame.count)
            reply.none()
        }
        defer { test.stop() }
        do {
            let client = try test.client()
            for size in 0..<300 { try client.sendFrame([UInt8](repeating: 1, count: size * 10)) }
        }
        #expect(eventually { test.closedCount.count == 1 })
        #expect(sizes.all == (0..<300).map { $0 * 10 })
    }

    @Test func aHandlerHearsOfTheInputsEndAndMayAnswerWhatWaits() throws {
        let held = HeldReplies()
        let test = try TestServer(
            onFrame: held.hold, onInputEnd: { for key in UInt8(0)..<3 { try? held.answer(key) } })
        defer { test.stop() }
        let client = try test.client()
        for key in UInt8(0)..<3 { try client.sendFrame([key]) }
        #expect(eventually { held.count == 3 })
        #expect(test.inputEndCount.count == 0)
        client.endOutput()
        for key in UInt8(0)..<3 { #expect(try client.receiveFrame() == [key]) }
        #expect(try client.isClosedByServer())
        #expect(test.inputEndCount.count == 1)
    }
}
