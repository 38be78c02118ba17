// All logs of the node, by partition.

import Files
import KafkaWire
import Synchronization

/// The logs of all log directories. `__cluster_metadata` is not among them.
public final class LogRegistry: Sendable {
    public let directories: [LogDirectory]
    public let environment: LogEnvironment

    public init(directories: [LogDirectory], environment: LogEnvironment) { fatalError() }

    /// Opens every partition's log, `threads` at a time for each directory. `config` gives a topic's settings. Left-over `-delete` directories are removed in the background.
    public func loadLogs(
        threadsPerDirectory: Int = 2, config: @escaping @Sendable (_ topic: String) -> SharedLogConfig
    ) throws(LogDirectoryError) { fatalError() }

    public func log(_ partition: TopicPartition) -> PartitionLog? { fatalError() }
    public var logs: [PartitionLog] { fatalError() }

    /// The partition's log, made when it is not there: in `directoryId`, else in the directory with the fewest logs.
    public func createLog(
        _ partition: TopicPartition, topicId: Uuid, config: SharedLogConfig, directoryId: Uuid? = nil
    ) throws(LogError) -> PartitionLog { fatalError() }

    /// Renames the log's directory at once, and removes it after `file.delete.delay.ms`.
    public func deleteLog(_ partition: TopicPartition) throws(LogError) { fatalError() }

    /// Syncs and closes all logs, writes the checkpoints, leaves `.kafka_cleanshutdown`, gives the directories free.
    public func close(brokerEpoch: Int64 = -1) { fatalError() }
}
