// A new cluster's files, as `kafka-storage.sh format --standalone` writes them.
//
//   <each log dir>/meta.properties
//   <each log dir>/bootstrap.checkpoint
//   <metadata log dir>/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint     the one voter
//   <metadata log dir>/__cluster_metadata-0/partition.metadata

import Bytes
import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage

/// A cluster of one node, to be written.
///
/// It is written in two steps, because waiting for the disk takes longer than everything else in a first start: `write`
/// makes the files, `finish` makes them durable and only then puts `meta.properties` into place. Nothing is
/// acknowledged before `finish`; a start that finds a directory without `meta.properties` begins again.
struct StorageFormat: Sendable {
    static let metadataDirectoryName = "\(TopicName.clusterMetadata)-0"

    var clusterId: String
    var nodeId: Int32
    /// The log directories to format, the metadata log's among them when it is new.
    var directories: [LogDirectory]
    /// The directory that gets the metadata log; nil when there is one already.
    var metadataDirectory: LogDirectory?
    var controllerEndpoints: [VotersRecord.Endpoint]
    let fileSystem: any FileSystem
    var nowMs: Int64

    /// Writes everything but `meta.properties`; syncs nothing.
    func write() throws(FileError) {
        let bootstrap = BootstrapMetadata.standard.encoded(nowMs: nowMs)
        for directory in directories {
            let properties = MetaProperties(clusterId: clusterId, nodeId: nodeId, directoryId: DirectoryId.random())
            directory.claim(properties)
            _ = try fileSystem.write(
                bootstrap, to: FilePath.join(directory.path, BootstrapMetadata.fileName))
        }
        guard let metadataDirectory else { return }
        let path = FilePath.join(metadataDirectory.path, Self.metadataDirectoryName)
        try fileSystem.removeTree(path)
        try fileSystem.createDirectory(path)
        let voters = Self.voters(
            nodeId: nodeId, directoryId: metadataDirectory.metaProperties?.directoryId ?? .zero, controllerEndpoints)
        let id = SnapshotId(endOffset: 0, epoch: 0)
        _ = try fileSystem.write(
            encodedSnapshot(id, voters), to: FilePath.join(path, id.fileName))
        try Self.writePartitionMetadata(in: path, fileSystem: fileSystem)
    }

    private func encodedSnapshot(_ id: SnapshotId, _ voters: VotersRecord) -> [ByteSlice] {
        let content = SnapshotContent(
            id: id, lastContainedTimestampMs: nowMs, kraftVersion: 1, voters: voters, nowMs: nowMs)
        do throws(WireError) {
            return try content.encode(metadataVersion: .latest) { _ in }
        } catch {
            preconditionFailure("a snapshot without records that cannot be written: \(error)")
        }
    }

    /// Makes it durable, and puts `meta.properties` into place; that of the metadata log's directory last, for it says
    /// that all is there.
    func finish() throws(MetadataStoreError) {
        do throws(FileError) {
            for directory in directories {
                try sync(FilePath.join(directory.path, BootstrapMetadata.fileName))
            }
            if let metadataDirectory {
                let path = FilePath.join(metadataDirectory.path, Self.metadataDirectoryName)
                try sync(FilePath.join(path, SnapshotId(endOffset: 0, epoch: 0).fileName))
                try sync(FilePath.join(path, Self.partitionMetadataName))
                try fileSystem.syncDirectory(path)
            }
        } catch {
            throw .file(error)
        }
        let ordered = directories.filter { $0 !== metadataDirectory } + directories.filter { $0 === metadataDirectory }
        for directory in ordered {
            guard let properties = directory.metaProperties else { continue }
            do throws(LogDirectoryError) {
                try directory.format(properties)
            } catch {
                throw .directory(error)
            }
        }
    }

    private func sync(_ path: String) throws(FileError) {
        try fileSystem.open(path, .readWrite).sync()
    }

    static let partitionMetadataName = "partition.metadata"

    /// The metadata log's `partition.metadata`, where there is none yet: `kafka-storage.sh` leaves it to the first
    /// start.
    static func writePartitionMetadata(in path: String, fileSystem: any FileSystem) throws(FileError) {
        let file = FilePath.join(path, partitionMetadataName)
        if try fileSystem.exists(file) { return }
        let text = "version: 0\ntopic_id: \(Uuid.metadataTopicId)"
        try fileSystem.open(file, .truncate).write(Array(text.utf8))
    }

    /// The one voter of the metadata log.
    static func voters(nodeId: Int32, directoryId: Uuid, _ endpoints: [VotersRecord.Endpoint]) -> VotersRecord {
        var voter = VotersRecord.Voter()
        voter.voterId = nodeId
        voter.voterDirectoryId = directoryId
        voter.endpoints = endpoints
        voter.kRaftVersionFeature.minSupportedVersion = 0
        voter.kRaftVersionFeature.maxSupportedVersion = 1
        var record = VotersRecord()
        record.voters = [voter]
        return record
    }
}
