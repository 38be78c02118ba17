// Stopping in order.

import ClusterMetadata
import KafkaWire
import LogStorage

extension BrokerServer {
    /// So long connections have to be answered what they asked. Kafka waits for its request handlers as long as they
    /// take.
    private static let drainMs: Int64 = 10_000

    /// Calls `handler`, at most once, when the node cannot go on: its metadata cannot be written any more.
    public func onFailure(_ handler: @escaping @Sendable (String) -> Void) {
        store.controller.onFailure { handler($0.description) }
    }

    /// Stops in order: takes no more requests and answers those in flight, leaves the cluster, syncs the logs, writes
    /// the checkpoints and the mark of a clean stop. Later calls do nothing. Not from a loop.
    public func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        log.info("Stopping")
        sockets.beginShutdown()
        // Who waits for the rest of a group looks for another coordinator.
        groups.stop()
        // Who waits for records is answered with what there is.
        for log in logs.logs { log.notifyListeners() }
        sockets.shutdown(drainMs: Self.drainMs)
        coldReads.shutdown()
        store.controller.onChange(nil)
        let brokerEpoch = store.stop()
        loops.shutdown()
        logs.close(brokerEpoch: brokerEpoch)
        log.info("Stopped")
    }
}
