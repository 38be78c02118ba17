// Stopping in order.

import ClusterMetadata
import KafkaWire
import LogStorage

extension BrokerServer {
    /// So long connections have to be answered what they asked. Kafka waits for its request handlers as long as they
    /// take.
    private static let drainMs: Int64 = 10_000

    /// So long batches may still be checked that open without end. Who sent one that is not done by then hears nothing,
    /// as of a broker that was killed, and none of it is stored.
    private static let checkMs: Int64 = 1_000

    /// Calls `handler` when the node cannot go on: its metadata cannot be written any more, or none of its log
    /// directories can. On one disk both may come, and more than once.
    public func onFailure(_ handler: @escaping @Sendable (BrokerFailure) -> Void) {
        store.controller.onFailure { handler(.metadata($0.description)) }
        logs.onLastDirectoryFailed { handler(.logDirectories($0)) }
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
        laboriousChecks.end(graceMs: Self.checkMs)
        sockets.shutdown(drainMs: Self.drainMs)
        coldReads.shutdown()
        laboriousChecks.shutdown()
        store.controller.onChange(nil)
        let brokerEpoch = store.stop()
        loops.shutdown()
        logs.close(brokerEpoch: brokerEpoch)
        log.info("Stopped")
    }
}

/// Why a broker that served cannot go on.
public enum BrokerFailure: Sendable, CustomStringConvertible {
    /// The metadata log cannot be written.
    case metadata(String)
    /// All of `log.dirs` are offline. Kafka: `LogManager.handleLogDirFailure` halts then.
    case logDirectories([String])

    public var description: String {
        switch self {
        case .metadata(let reason): "The metadata log failed, and without it nothing can go on: \(reason)"
        case .logDirectories(let paths):
            "Shutdown broker because all log dirs in \(paths.joined(separator: ", ")) have failed"
        }
    }
}
