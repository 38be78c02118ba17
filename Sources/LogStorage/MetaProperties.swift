// `meta.properties`: whose directory this is. Java's properties form.
//
//     #
//     #Thu Jan 01 00:00:00 UTC 1970
//     node.id=1
//     version=1
//     directory.id=<22 characters>
//     cluster.id=<22 characters>

import Files
import Glibc
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
    ) throws(LogDirectoryError) -> MetaProperties? {
        let path = FilePath.join(directory, fileName)
        let lines: [Substring]
        do throws(FileError) {
            lines = TextFile.lines(try fileSystem.contents(of: path, maxBytes: 1 << 16))
        } catch {
            if error.isNotFound { return nil }
            throw .file(error)
        }
        return try parse(lines, path: path)
    }

    private static func parse(_ lines: [Substring], path: String) throws(LogDirectoryError) -> MetaProperties {
        let properties = TextFile.properties(lines)
        func required(_ key: String) throws(LogDirectoryError) -> String {
            guard let value = properties[key], !value.isEmpty else {
                throw .invalid(path: path, reason: "\(key) is missing")
            }
            return value
        }
        let version = try required("version")
        guard version == "1" else {
            throw .invalid(
                path: path, reason: "version \(version) is not known here; version 1 is (Kafka 3.0 and newer, KRaft)")
        }
        let node = try required("node.id")
        guard let nodeId = Int32(node), nodeId >= 0 else {
            throw .invalid(path: path, reason: "node.id is '\(node)', not a number from 0 up")
        }
        var directoryId: Uuid?
        if let text = properties["directory.id"] {
            guard let id = Uuid(text) else {
                throw .invalid(path: path, reason: "directory.id is '\(text)', not an id")
            }
            directoryId = id
        }
        return MetaProperties(clusterId: try required("cluster.id"), nodeId: nodeId, directoryId: directoryId)
    }

    /// Writes the file of `directory`, durably.
    public func write(to directory: String, fileSystem: any FileSystem) throws(FileError) {
        var text = "#\n#\(Self.date())\nnode.id=\(nodeId)\nversion=1\n"
        if let directoryId { text += "directory.id=\(directoryId)\n" }
        text += "cluster.id=\(clusterId)\n"
        try fileSystem.replace(FilePath.join(directory, Self.fileName), with: text.utf8)
    }

    /// The time as Java prints it: `Sat Nov 21 12:52:05 UTC 2026`.
    private static func date() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%a %b %d %H:%M:%S UTC %Y", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
