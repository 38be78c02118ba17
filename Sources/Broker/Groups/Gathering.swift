// Answers that come from several places and go out as one.

import Synchronization

/// Collects one value from each of several threads, in the order of their places, and passes them on when all are
/// there.
final class Gathering<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value?]
        var missing: Int
    }

    private let state: Mutex<State>
    private let whenComplete: @Sendable ([Value]) -> Void

    /// With a `count` of zero it is complete at once.
    init(count: Int, whenComplete: @escaping @Sendable ([Value]) -> Void) {
        state = Mutex(State(values: Array(repeating: nil, count: count), missing: count))
        self.whenComplete = whenComplete
        if count == 0 { whenComplete([]) }
    }

    /// Each place once, from any thread.
    func put(_ value: Value, at place: Int) {
        let complete = state.withLock { state -> [Value]? in
            precondition(state.values[place] == nil, "a place is filled once")
            state.values[place] = value
            state.missing -= 1
            return state.missing == 0 ? state.values.compactMap(\.self) : nil
        }
        if let complete { whenComplete(complete) }
    }
}
