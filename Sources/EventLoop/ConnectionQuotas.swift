// How many connections there are, and may be: for the broker, for each listener, for each peer. Kafka's
// ConnectionQuotas.

import Synchronization

/// Counts connections over all loops.
///
/// As in Kafka: at `max.connections`, of the broker or of a listener, the listener accepts no more until a connection
/// closes; a connection beyond `max.connections.per.ip` is accepted and closed at once; a protected listener (the
/// brokers' own, beside others) is not held up by the broker's limit, and others' connections close to make room.
final class ConnectionQuotas: Sendable {
    private struct State {
        var limits: ConnectionLimits
        var total = 0
        var byListener: [String: Int] = [:]
        var byIp: [IPAddress: Int] = [:]
        /// Connections chosen to be closed as excess, not closed yet.
        var claimedExcess = 0
        /// Listeners that found no slot.
        var waiting: [Listener] = []
    }

    enum Slot {
        case taken
        /// Taken by a protected listener: another connection has to go.
        case takenInExcess
        case none
    }

    private let state: Mutex<State>

    init(limits: ConnectionLimits) {
        state = Mutex(State(limits: limits))
    }

    func add(_ listener: ListenerContext) {
        state.withLock { $0.byListener[listener.name, default: 0] += 0 }
    }

    func isProtected(_ listener: ListenerContext) -> Bool {
        state.withLock { Self.isProtected(listener, $0) }
    }

    private static func isProtected(_ listener: ListenerContext, _ state: State) -> Bool {
        listener.isProtected && state.byListener.count > 1
    }

    private static func hasSlot(_ listener: ListenerContext, _ state: State) -> Bool {
        if let limit = state.limits.maxConnectionsByListener[listener.name],
            state.byListener[listener.name] ?? 0 >= limit
        {
            return false
        }
        return isProtected(listener, state) || state.total < state.limits.maxConnections
    }

    /// Reserves room for one more connection of `listener`. With `.none` the listener is told to go on when there is
    /// room again.
    func takeSlot(_ listener: Listener) -> Slot {
        state.withLock { state in
            guard Self.hasSlot(listener.context, state) else {
                if !state.waiting.contains(where: { $0 === listener }) { state.waiting.append(listener) }
                return .none
            }
            state.total += 1
            state.byListener[listener.context.name, default: 0] += 1
            return state.total > state.limits.maxConnections ? .takenInExcess : .taken
        }
    }

    /// Gives a slot back for which there was no connection.
    func returnSlot(_ listener: ListenerContext) {
        giveBack { state in Self.drop(listener, &state) }
    }

    /// Counts the peer of a connection that has its slot. When the peer has too many already, the limit, and the slot
    /// is given back.
    func countPeer(_ listener: ListenerContext, _ ip: IPAddress) -> Int? {
        let exceededLimit: Int? = state.withLock { state in
            let count = state.byIp[ip] ?? 0
            let limit = state.limits.maxConnectionsPerIpOverrides[ip] ?? state.limits.maxConnectionsPerIp
            guard count < limit else { return limit }
            state.byIp[ip] = count + 1
            return nil
        }
        if exceededLimit != nil { returnSlot(listener) }
        return exceededLimit
    }

    /// Forgets a connection that closed.
    func release(_ listener: ListenerContext, _ ip: IPAddress) {
        giveBack { state in
            Self.drop(listener, &state)
            guard let count = state.byIp[ip] else { preconditionFailure("a peer without connections closes one") }
            state.byIp[ip] = count > 1 ? count - 1 : nil
        }
    }

    private static func drop(_ listener: ListenerContext, _ state: inout State) {
        state.total -= 1
        state.byListener[listener.name, default: 0] -= 1
        precondition(state.total >= 0 && state.byListener[listener.name, default: 0] >= 0)
    }

    /// Changes the counts, and wakes the listeners that can go on by it. They are called outside of the lock.
    private func giveBack(_ change: (inout sending State) -> Void) {
        let resuming: [Listener] = state.withLock { state in
            change(&state)
            guard !state.waiting.isEmpty else { return [] }
            let resuming = state.waiting.filter { Self.hasSlot($0.context, state) }
            state.waiting.removeAll { listener in resuming.contains { $0 === listener } }
            return resuming
        }
        for listener in resuming { listener.resume() }
    }

    // MARK: Changing the limits

    func update(_ limits: ConnectionLimits) {
        giveBack { $0.limits = limits }
    }

    /// Whether the caller must close one connection because there are too many.
    func claimExcess() -> Bool {
        state.withLock { state in
            guard state.total - state.claimedExcess > state.limits.maxConnections else { return false }
            state.claimedExcess += 1
            return true
        }
    }

    /// The claimed connection is closed.
    func excessClosed() {
        state.withLock { $0.claimedExcess -= 1 }
    }
}
