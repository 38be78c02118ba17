// `partition.metadata`: which topic a partition's directory belongs to. Kafka: `PartitionMetadataFile`.
//
//     version: 0
//     topic_id: <22 characters>            without a line end

import Files
import KafkaWire

/// Reads and writes `partition.metadata`.
enum PartitionMetadata {
    static let fileName = "partition.metadata"

    /// The topic's id; nil when the file is not there, or does not say.
    static func readTopicId(_ directory: PartitionDirectory) throws(FileError) -> Uuid? {
        let path = directory.path(of: fileName)
        let lines: [Substring]
        do throws(FileError) {
            lines = TextFile.lines(try directory.fileSystem.contents(of: path, maxBytes: 4096))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
        guard lines.count >= 2, lines[0] == "version: 0", lines[1].hasPrefix("topic_id: "),
            let id = Uuid(String(lines[1].dropFirst("topic_id: ".count))), id != .zero
        else {
            directory.environment.observe(.warning("\(path) does not name a topic"))
            return nil
        }
        return id
    }

    static func write(_ topicId: Uuid, in directory: PartitionDirectory, sync: Bool) throws(FileError) {
        try directory.fileSystem.replace(
            directory.path(of: fileName), with: "version: 0\ntopic_id: \(topicId)".utf8, sync: sync)
    }
}

extension LeaderEpochCache {
    /// What `leader-epoch-checkpoint` says; nil when it is not there.
    static func read(_ directory: PartitionDirectory) throws(CheckpointError) -> LeaderEpochCache? {
        let path = directory.path(of: fileName)
        guard let lines = try CheckpointFile.read(path, fileSystem: directory.fileSystem) else { return nil }
        var entries: [Entry] = []
        for fields in lines {
            guard fields.count == 2, let epoch = Int32(fields[0]), let start = Int64(fields[1]), epoch >= 0,
                LogOffset.isPossible(start)
            else { throw .damaged(path: path, reason: "a line is not 'epoch startOffset'") }
            entries.append(Entry(epoch: epoch, startOffset: start))
        }
        return LeaderEpochCache(entries)
    }
}
