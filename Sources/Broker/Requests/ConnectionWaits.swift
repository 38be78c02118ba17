// The requests of one connection that wait for something: what becomes of them when the client goes away.

/// A request that waits, as a Fetch does for records. On the loop of its connection only.
protocol WaitingRequest: AnyObject {
    /// Answers with what there is: the client sends no more, and may be gone.
    func answerNow()

    /// Forgets the request: nobody is there to be answered.
    func abandon()
}

/// Owned by the loop of its connection; others reach it through a `LoopBound`.
///
/// Without it a client could ask to be answered in weeks, go away, and leave the request behind for so long.
final class ConnectionWaits {
    private var waiting: [ObjectIdentifier: any WaitingRequest] = [:]
    /// The client sends no more: nothing waits from here on.
    private var hasEnded = false

    func add(_ request: any WaitingRequest) {
        if hasEnded { return request.answerNow() }
        waiting[ObjectIdentifier(request)] = request
    }

    func remove(_ request: any WaitingRequest) {
        waiting.removeValue(forKey: ObjectIdentifier(request))
        if waiting.isEmpty { waiting = [:] }
    }

    /// The client sends no more.
    func answerAll() {
        hasEnded = true
        for request in take() { request.answerNow() }
    }

    /// The connection is closed.
    func abandonAll() {
        hasEnded = true
        for request in take() { request.abandon() }
    }

    /// What waits removes itself while it is answered, so the list is gone through apart.
    private func take() -> [any WaitingRequest] {
        defer { waiting = [:] }
        return Array(waiting.values)
    }
}
