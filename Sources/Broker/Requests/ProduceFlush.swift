// A Produce answer that waits until its records are on disk: what `flush.messages` asks for.

import KafkaMessages
import KafkaWire
import LogStorage
import Synchronization

/// Where in a Produce answer a partition stands whose records are being synced.
struct PendingFlush: Sendable {
    let log: PartitionLog
    let endOffset: Int64
    let topicIndex: Int
    let partitionIndex: Int
}

/// Holds an answer back until the syncs of its partitions are done. A partition whose sync failed is answered
/// KAFKA_STORAGE_ERROR: its records may be gone after a crash.
final class ProduceFlush: Sendable {
    private struct State: Sendable {
        var response: ProduceResponse
        var remaining: Int
    }

    private let state: Mutex<State>
    private let context: RequestContext

    private init(_ response: ProduceResponse, count: Int, _ context: RequestContext) {
        state = Mutex(State(response: response, remaining: count))
        self.context = context
    }

    /// Answers once all of `flushes` are done. No thread waits meanwhile.
    static func respond(_ response: ProduceResponse, after flushes: [PendingFlush], _ context: RequestContext) {
        let waiting = ProduceFlush(response, count: flushes.count, context)
        for flush in flushes {
            flush.log.whenFlushed(upTo: flush.endOffset) { failure in waiting.didFlush(flush, failure) }
        }
    }

    private func didFlush(_ flush: PendingFlush, _ failure: LogError?) {
        let complete = state.withLock { state -> ProduceResponse? in
            if failure != nil {
                let index = state.response.responses[flush.topicIndex].partitionResponses[flush.partitionIndex].index
                state.response.responses[flush.topicIndex].partitionResponses[flush.partitionIndex] =
                    .failed(.kafkaStorageError, partition: index)
            }
            state.remaining -= 1
            return state.remaining == 0 ? state.response : nil
        }
        if let complete { context.respond(complete) }
    }
}
