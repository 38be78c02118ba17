// One of the `log.dirs`: its lock, its identity, its checkpoints.

import Files
import KafkaWire
import Synchronization

/// A log directory held by this process.
public final class LogDirectory: Sendable {
    public let path: String
    /// Makes the directory when it is not there, and takes its `.lock`.
    public static func open(_ path: String, environment: LogEnvironment) throws(LogDirectoryError) -> LogDirectory {
        fatalError()
    }
    /// As `meta.properties` says; nil when the directory is not formatted.
    public var metaProperties: MetaProperties? { fatalError() }
    public func format(_ properties: MetaProperties) throws(LogDirectoryError) { fatalError() }
    /// Whether the last process that had the directory stopped cleanly.
    public var hadCleanShutdown: Bool { fatalError() }
    /// The epoch the broker had when it last stopped cleanly, -1 when not known.
    public var previousBrokerEpoch: Int64 { fatalError() }
    /// Set when a write or sync failed: nothing more is written there.
    public var failure: FileError? { fatalError() }
    init() { fatalError() }
}
