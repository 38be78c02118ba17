// The records of the metadata log, replayed as a start replays them: behind the newest snapshot that can be read.

import Bytes
import Files
import LogStorage
import Records

/// Goes through the segments of a metadata log. Batches that are none, or whose CRC is wrong, are left out: whoever
/// checks the partition names those.
struct MetadataLogCheck {
    private static let readBytes = 1 << 20
    /// One fault often brings others; so many are named.
    private static let mostFaults = 10

    private let path: String
    private let fileSystem: any FileSystem
    private var replay = MetadataReplay()
    /// What the snapshot holds is not replayed again.
    private var next: Int64 = 0
    private(set) var faults: [String] = []

    init(_ path: String, _ fileSystem: any FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    mutating func run() throws(FileError) {
        try takeSnapshot()
        let names = try fileSystem.entries(of: path).map(\.name).filter { $0.hasSuffix(".log") }.sorted()
        if let first = names.first, let start = Int64(first.dropLast(4)), start > next {
            faults.append("\(path): the log begins at offset \(start), and no snapshot holds what came before")
            return
        }
        for name in names { try check(FilePath.join(path, name)) }
    }

    /// The newest one that can be read; the others are named elsewhere.
    private mutating func takeSnapshot() throws(FileError) {
        for id in try SnapshotId.list(in: path, fileSystem: fileSystem).reversed() {
            guard let file = try? SnapshotFile(id, in: path, fileSystem: fileSystem) else { continue }
            var attempt = MetadataReplay()
            guard (try? attempt.replay(file)) != nil else { continue }
            replay = attempt
            next = id.endOffset
            return
        }
    }

    private mutating func check(_ segment: String) throws(FileError) {
        let file = try fileSystem.open(segment, .read)
        let size = Int(clamping: try file.sizeBytes())
        var position = 0
        var wanted = Self.readBytes
        while position < size && faults.count < Self.mostFaults {
            var batches = RecordBatches(bytes: try file.read(count: min(wanted, size - position), at: Int64(position)))
            while let batch = try? batches.next() { check(batch, segment) }
            if batches.position == 0 {
                // A batch that is larger, the end of what is whole, or something that is no batch.
                guard wanted < min(size - position, 2 * MetadataBatch.maxSizeBytes) else { return }
                wanted *= 2
            } else {
                position += batches.position
                wanted = Self.readBytes
            }
        }
    }

    private mutating func check(_ batch: RecordBatch, _ segment: String) {
        guard batch.isCrcValid, faults.count < Self.mostFaults else { return }
        do throws(MetadataReplayError) {
            if batch.lastOffset < next {
                _ = try batch.metadataContent()
            } else {
                try replay.replay(batch)
            }
        } catch {
            faults.append("\(segment), batch at offset \(batch.baseOffset): \(error.description)")
        }
    }
}
