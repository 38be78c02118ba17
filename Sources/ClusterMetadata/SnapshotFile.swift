// Snapshots of the metadata log, and bootstrap.checkpoint, which has the same form.
//
//   control batch   SNAPSHOT_HEADER [, KRAFT_VERSION, KRAFT_VOTERS]
//   batches         the records of the state
//   control batch   SNAPSHOT_FOOTER

import Bytes
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records

/// Which state a snapshot holds: that of all records before `endOffset`. Kafka: `OffsetAndEpoch`, `Snapshots`.
struct SnapshotId: Hashable, Comparable, Sendable {
    static let suffix = ".checkpoint"
    /// The ending of a snapshot that is being written.
    static let partSuffix = ".checkpoint.part"

    let endOffset: Int64
    let epoch: Int32

    init(endOffset: Int64, epoch: Int32) {
        self.endOffset = endOffset
        self.epoch = epoch
    }

    /// Reads `00000000000000000132-0000000003.checkpoint`; nil for another name, and for an
    /// offset that no log can have.
    init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        let parts = fileName.dropLast(Self.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, parts[1].utf8.count == 10,
            parts.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
            let offset = Int64(parts[0]), LogOffset.isPossible(offset), let epoch = Int32(parts[1])
        else { return nil }
        self.init(endOffset: offset, epoch: epoch)
    }

    /// The name without its ending.
    private var stem: String { "\(Self.padded(endOffset, 20))-\(Self.padded(Int64(epoch), 10))" }
    var fileName: String { stem + Self.suffix }
    var partFileName: String { stem + Self.partSuffix }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    static func < (left: SnapshotId, right: SnapshotId) -> Bool {
        (left.endOffset, left.epoch) < (right.endOffset, right.epoch)
    }

    /// The snapshots of a metadata log, oldest first.
    static func list(in directory: String, fileSystem: any FileSystem) throws(FileError) -> [SnapshotId] {
        try fileSystem.entries(of: directory).compactMap { SnapshotId(fileName: $0.name) }.sorted()
    }
}

/// A snapshot that was read.
struct SnapshotFile {
    let id: SnapshotId
    let batches: [RecordBatch]
    /// The append time of the last record that is in the snapshot.
    let lastContainedTimestampMs: Int64

    /// - Throws: `MetadataReplayError` also for a file that does not begin and end as a snapshot does.
    init(
        _ id: SnapshotId, in directory: String, fileSystem: any FileSystem
    ) throws(MetadataStoreError) {
        self = try Self.read(
            FilePath.join(directory, id.fileName), id: id, fileSystem: fileSystem)
    }

    static func read(
        _ path: String, id: SnapshotId, fileSystem: any FileSystem
    ) throws(MetadataStoreError) -> SnapshotFile {
        let bytes: ByteSlice
        do throws(FileError) {
            bytes = try fileSystem.contents(of: path, maxBytes: Int(Int32.max))
        } catch {
            throw .file(error)
        }
        do throws(MetadataReplayError) {
            return try SnapshotFile(id: id, bytes: bytes)
        } catch {
            throw MetadataStoreError(error, path: path)
        }
    }

    private init(id: SnapshotId, bytes: ByteSlice) throws(MetadataReplayError) {
        self.id = id
        var found: [RecordBatch] = []
        var walk = RecordBatches(bytes: bytes)
        do throws(RecordBatchError) {
            while let batch = try walk.next() { found.append(batch) }
        } catch {
            throw MetadataReplayError("no batch at byte \(walk.position): \(error)")
        }
        guard walk.remaining == 0 else { throw MetadataReplayError("a batch is cut at byte \(walk.position)") }
        batches = found
        guard let first = batches.first, case .control(let head) = try first.metadataContent(),
            case .snapshotHeader(let header)? = head.first
        else { throw MetadataReplayError("it does not begin with a snapshot header") }
        guard let last = batches.last, batches.count > 1, case .control(let foot) = try last.metadataContent(),
            case .snapshotFooter? = foot.last
        else { throw MetadataReplayError("it does not end with a snapshot footer") }
        lastContainedTimestampMs = header.lastContainedLogTimestamp
    }

    /// The metadata records, for a file that is small.
    func records() throws(MetadataReplayError) -> [MetadataRecord] {
        var all: [MetadataRecord] = []
        for batch in batches {
            if case .records(let records) = try batch.metadataContent() { all += records }
        }
        return all
    }
}

/// What a snapshot is made of.
struct SnapshotContent {
    var id: SnapshotId
    var lastContainedTimestampMs: Int64
    /// Left out of a snapshot without voters: `bootstrap.checkpoint`, and one of a quorum at kraft.version 0.
    var kraftVersion: Int16?
    var voters: VotersRecord?
    var nowMs: Int64

    private var stamp: BatchStamp { BatchStamp(epoch: id.epoch, timestampMs: nowMs) }

    /// The file's bytes, in pieces.
    /// - Parameter forEachRecord: hands over the records, one after the other.
    func encode(
        metadataVersion: MetadataVersion, forEachRecord: ((MetadataRecord) -> Void) -> Void
    ) throws(WireError) -> [ByteSlice] {
        var pieces = [MetadataBatch.encode(head, baseOffset: 0, stamp)]
        var next = Int64(head.count)
        var builder = MetadataBatchBuilder(baseOffset: next, stamp)
        var failure: WireError?
        forEachRecord { record in
            var writer = WireWriter(reserving: 128)
            record.encode(to: &writer, metadataVersion: metadataVersion)
            failure = failure ?? writer.failure
            let value = writer.finishBytes()
            if !builder.hasRoom(valueBytes: value.count) {
                next = builder.nextOffset
                let full = builder
                builder = MetadataBatchBuilder(baseOffset: next, stamp)
                pieces.append(full.finish())
            }
            builder.append(key: nil, value: value)
        }
        if let failure { throw failure }
        next = builder.nextOffset
        if builder.count > 0 { pieces.append(builder.finish()) }
        pieces.append(MetadataBatch.encode([.snapshotFooter(SnapshotFooterRecord())], baseOffset: next, stamp))
        return pieces
    }

    private var head: [ControlRecord] {
        var header = SnapshotHeaderRecord()
        header.lastContainedLogTimestamp = lastContainedTimestampMs
        var records = [ControlRecord.snapshotHeader(header)]
        if let kraftVersion, kraftVersion > 0 {
            var record = KRaftVersionRecord()
            record.kRaftVersion = kraftVersion
            records.append(.kraftVersion(record))
            if let voters { records.append(.kraftVoters(voters)) }
        }
        return records
    }
}

extension FileSystem {
    /// Writes the pieces one after the other into a new file; not synced.
    func write(_ pieces: [ByteSlice], to path: String) throws(FileError) -> any OpenFile {
        let file = try open(path, .truncate)
        var position: Int64 = 0
        for piece in pieces {
            try file.write(piece, at: position)
            position += Int64(piece.count)
        }
        return file
    }
}
