// Producer ids, taken from the controller in blocks. Kafka: `RPCProducerIdManager`.

import ClusterMetadata
import KafkaWire
import Synchronization

/// Gives out producer ids, each once in the life of the cluster. A block that was not used up is lost with the process.
final class ProducerIds: Sendable {
    typealias Completion = @Sendable (Result<Int64, ApiError>) -> Void

    private struct State: Sendable {
        var next: Int64 = 0
        var remaining: Int64 = 0
        /// Those who wait for the next block; not empty while one is asked for.
        var waiting: [Completion] = []

        mutating func take() -> Int64? {
            guard remaining > 0 else { return nil }
            defer {
                next += 1
                remaining -= 1
            }
            return next
        }
    }

    private let controller: Controller
    private let state = Mutex(State())

    init(_ controller: Controller) {
        self.controller = controller
    }

    /// Gives the next id to `completion`, on this thread or on the controller's.
    func next(_ completion: @escaping Completion) {
        let (id, mustAsk) = state.withLock { state -> (Int64?, Bool) in
            if let id = state.take() { return (id, false) }
            state.waiting.append(completion)
            return (nil, state.waiting.count == 1)
        }
        if let id { return completion(.success(id)) }
        if mustAsk { ask() }
    }

    private func ask() {
        controller.allocateProducerIds { [self] result in
            var ready: [(Completion, Result<Int64, ApiError>)] = []
            let mustAskAgain = state.withLock { state in
                switch result {
                case .success(let block):
                    (state.next, state.remaining) = (block.firstId, block.count)
                    while let completion = state.waiting.first, let id = state.take() {
                        state.waiting.removeFirst()
                        ready.append((completion, .success(id)))
                    }
                case .failure(let error):
                    ready = state.waiting.map { ($0, .failure(error)) }
                    state.waiting = []
                }
                return !state.waiting.isEmpty
            }
            if mustAskAgain { ask() }
            for (completion, result) in ready { completion(result) }
        }
    }
}
