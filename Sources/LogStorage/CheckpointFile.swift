// The form of all checkpoints. Kafka: `CheckpointFile`.
//
//     0                      version
//     2                      number of entries
//     topic 0 17             an entry a line, fields separated by one space
//     topic 1 23
//
// An empty file, and none, have no entries.

import Bytes
import Files

/// Reads and writes the lines of a checkpoint.
enum CheckpointFile {
    private static let version = "0"

    /// The entries' fields; nil for a file that is not there.
    static func read(
        _ path: String, fileSystem: any FileSystem
    ) throws(CheckpointError) -> [[Substring]]? {
        let bytes: ByteSlice
        do throws(FileError) {
            bytes = try fileSystem.contents(of: path)
        } catch {
            if error.isNotFound { return nil }
            throw .file(error)
        }
        if bytes.count > 0, bytes.load(at: bytes.count - 1, as: UInt8.self) != UInt8(ascii: "\n") {
            throw .damaged(path: path, reason: "the last line is cut short")
        }
        let lines = TextFile.lines(bytes)
        guard let first = lines.first else { return [] }
        guard first == version else { throw .damaged(path: path, reason: "unknown version '\(first.prefix(20))'") }
        guard lines.count >= 2, let count = Int(lines[1]), count == lines.count - 2 else {
            throw .damaged(path: path, reason: "the number of entries is not that of its lines")
        }
        return lines.dropFirst(2).map(TextFile.fields)
    }

    static func write(
        _ entries: some Collection<String>, to path: String, fileSystem: any FileSystem, sync: Bool = true
    ) throws(FileError) {
        var text = "\(version)\n\(entries.count)\n"
        for entry in entries {
            text += entry
            text += "\n"
        }
        try fileSystem.replace(path, with: text.utf8, sync: sync)
    }
}

/// Why a checkpoint cannot be read.
enum CheckpointError: Error {
    case damaged(path: String, reason: String)
    case file(FileError)

    var message: String {
        switch self {
        case .damaged(let path, let reason): "\(path): \(reason)"
        case .file(let error): error.description
        }
    }
}

/// The checkpoints of a log directory: an offset for each partition.
public enum OffsetCheckpoint: String, Sendable, CaseIterable {
    /// Up to where each log is on disk for certain.
    case recoveryPoint = "recovery-point-offset-checkpoint"
    /// Where logs begin whose start was moved past their first segment's.
    case logStartOffset = "log-start-offset-checkpoint"
    /// High watermarks.
    case replicationOffset = "replication-offset-checkpoint"
    /// Up to where compacted logs were cleaned.
    case cleanerOffset = "cleaner-offset-checkpoint"

    func read(from directory: String, fileSystem: any FileSystem) throws(CheckpointError) -> [TopicPartition: Int64] {
        let path = FilePath.join(directory, rawValue)
        var offsets: [TopicPartition: Int64] = [:]
        for fields in try CheckpointFile.read(path, fileSystem: fileSystem) ?? [] {
            guard fields.count == 3, let partition = Int32(fields[1]), let offset = Int64(fields[2]) else {
                throw .damaged(path: path, reason: "a line is not 'topic partition offset'")
            }
            guard LogOffset.isPossible(offset) else {
                throw .damaged(path: path, reason: "\(offset) is no offset of a log")
            }
            offsets[TopicPartition(topic: String(fields[0]), partition: partition)] = offset
        }
        return offsets
    }

    func write(
        _ offsets: [(TopicPartition, Int64)], to directory: String, fileSystem: any FileSystem
    ) throws(FileError) {
        try CheckpointFile.write(
            offsets.map { "\($0.topic) \($0.partition) \($1)" }, to: FilePath.join(directory, rawValue),
            fileSystem: fileSystem)
    }
}
