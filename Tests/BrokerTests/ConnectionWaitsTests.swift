import Testing

@testable import Broker

@Suite struct ConnectionWaitsTests {
    /// Removes itself when it ends, as a delayed fetch does.
    private final class Waiter: WaitingRequest {
        private let waits: ConnectionWaits
        var answers = 0
        var abandonments = 0

        init(_ waits: ConnectionWaits) { self.waits = waits }

        func answerNow() {
            answers += 1
            waits.remove(self)
        }

        func abandon() {
            abandonments += 1
            waits.remove(self)
        }
    }

    @Test func whatWaitsIsAnsweredOnceWhenTheClientSendsNoMore() {
        let waits = ConnectionWaits()
        let waiters = (0..<3).map { _ in Waiter(waits) }
        for waiter in waiters { waits.add(waiter) }
        waits.remove(waiters[0])
        waits.answerAll()
        waits.abandonAll()
        #expect(waiters.map(\.answers) == [0, 1, 1])
        #expect(waiters.map(\.abandonments) == [0, 0, 0])
    }

    @Test func whatWaitsIsForgottenWhenTheConnectionCloses() {
        let waits = ConnectionWaits()
        let waiter = Waiter(waits)
        waits.add(waiter)
        waits.abandonAll()
        #expect(waiter.abandonments == 1)
        #expect(waiter.answers == 0)
    }

    @Test func nothingBeginsToWaitForAClientThatSendsNoMore() {
        let waits = ConnectionWaits()
        waits.answerAll()
        let late = Waiter(waits)
        waits.add(late)
        #expect(late.answers == 1)
    }
}
