// A server that ends answers what it was asked, for as long as it may.

import Bytes
import Glibc
import Testing

@testable import EventLoop

@Suite struct ShutdownTests {
    @Test func requestsInFlightAreAnsweredBeforeTheEnd() throws {
        let held = HeldReplies()
        let test = try TestServer(loops: 2, onFrame: held.hold)
        let idle = try test.client()
        let asking = try test.client()
        try asking.sendFrame([1])
        try asking.sendFrame([2])
        #expect(eventually { held.count == 2 })
        test.server.beginShutdown()
        for loop in test.group.loops { onLoop(loop) {} }
        #expect(try idle.isClosedByServer(), "who waits for nothing is let go at once")
        try asking.sendFrame([3])
        usleep(20_000)
        #expect(held.count == 2, "no more requests are taken")
        try held.answer(1)
        try held.answer(2)
        let startMs = MonotonicClock.nowMs
        test.stop(drainMs: 10_000)
        #expect(MonotonicClock.nowMs - startMs < 5000, "it ends when all is answered, not at the deadline")
        #expect(try asking.receiveFrame() == [1])
        #expect(try asking.receiveFrame() == [2])
        #expect(test.closedCount.count == 2)
    }

    @Test func theDeadlineEndsWhatIsNeverAnswered() throws {
        let held = HeldReplies()
        let test = try TestServer(onFrame: held.hold)
        let client = try test.client()
        try client.sendFrame([1])
        #expect(eventually { held.count == 1 })
        let startMs = MonotonicClock.nowMs
        test.stop(drainMs: 100)
        let tookMs = MonotonicClock.nowMs - startMs
        #expect(tookMs >= 100 && tookMs < 5000)
        #expect(try client.isClosedByServer())
        try held.answer(1)
    }

    @Test func aLargeAnswerIsSentToItsEnd() throws {
        let test = try TestServer { _, reply in reply.send(answerOf([UInt8](repeating: 4, count: 8 << 20))) }
        let client = try test.client()
        try client.sendFrame([])
        #expect(client.hasInput(withinMs: 10_000))
        test.server.beginShutdown()
        #expect(try client.receiveFrame()?.count == 8 << 20)
        #expect(try client.isClosedByServer())
        test.stop(drainMs: 10_000)
    }

    @Test func nobodyGetsInAfterTheBeginning() throws {
        let test = try TestServer()
        test.server.beginShutdown()
        #expect(eventually { (try? test.client()) == nil })
        test.stop()
    }

    @Test func aGroupThatStopsClosesWhatIsOpen() throws {
        let test = try TestServer(loops: 2)
        let clients = try (0..<4).map { _ in try test.client() }
        for client in clients {
            try client.sendFrame([1])
            #expect(try client.receiveFrame() == [1])
        }
        test.group.shutdown()
        for client in clients { #expect(try client.isClosedByServer()) }
        #expect(test.closedCount.count == 4)
    }
}
