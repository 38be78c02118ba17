// `meta.properties`: whose directory this is.
//
//     #
//     #Thu Jan 01 00:00:00 UTC 1970
//     node.id=1
//     version=1
//     directory.id=<22 characters>
//     cluster.id=<22 characters>

import Files
import KafkaWire

/// The content of a log directory's `meta.properties`, version 1. Kafka: `MetaProperties`.
public struct MetaProperties: Hashable, Sendable {
    public static let fileName = "meta.properties"

    public var clusterId: String
    public var nodeId: Int32
    /// Unique to the directory; nil in a directory of before KIP-858.
    public var directoryId: Uuid?

    public init(clusterId: String, nodeId: Int32, directoryId: Uuid?) {
        self.clusterId = clusterId
        self.nodeId = nodeId
        self.directoryId = directoryId
    }

    /// Reads the file of `directory`; nil when there is none.
    public static func read(
        from directory: String, fileSystem: any FileSystem
    ) throws(LogDirectoryError) -> MetaProperties? { fatalError() }

    /// Writes the file of `directory`, durably.
    public func write(to directory: String, fileSystem: any FileSystem) throws(FileError) { fatalError() }
}
