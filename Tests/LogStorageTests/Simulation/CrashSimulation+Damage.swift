// A byte that changes on the disk: it is found out, or does no harm, and what nobody wrote is never passed on as data.

import Bytes
import Files
import KafkaWire
import Records
import Testing

@testable import LogStorage

/// A byte that was changed.
struct Damage {
    /// Nothing in Kafka's format tells: a batch's base offset and leader epoch are outside its CRC, and a checkpoint is
    /// text.
    let isUnprotected: Bool
    /// So many warnings there were before.
    let warningCount: Int
    /// Somebody was told of it.
    var isSaid = false
}

/// Whose file it is.
private enum FileOwner: Equatable {
    case directory
    case partition(TopicPartition)
    /// It is on its way out, or set aside.
    case nobody
}

extension CrashSimulation {
    /// Changes one bit of a file. The partition that it belongs to, or all if it is a checkpoint, are `damaged` from
    /// then on.
    func changeAByte() throws -> Damage? {
        let files = disk.image.files.filter { self.owner(of: $0) != .nobody }
        guard !files.isEmpty else { return nil }
        let path = files[random.below(files.count)]
        let bytes = try disk.contents(of: path)
        guard bytes.count > 0 else { return nil }
        let position = random.below(bytes.count)
        let bit = UInt8(1) << UInt8(random.below(8))
        try disk.damage(path, at: position) { $0 ^ bit }
        note("damage: byte \(position) of \(path), bit \(bit)")
        counts.damages += 1
        let owner = self.owner(of: path)
        damaged = Set(partitions.filter { owner == .directory || owner == .partition($0) })
        let inBatch = path.contains(".log") ? Self.positionInBatch(position, of: bytes) : nil
        areOffsetsUnsure = inBatch.map(Self.baseOffset.contains) ?? false
        let isEpochUnsure = inBatch.map(Self.leaderEpoch.contains) ?? false
        return Damage(
            isUnprotected: owner == .directory || areOffsetsUnsure || isEpochUnsure, warningCount: place.warnings.count)
    }

    private func owner(of path: String) -> FileOwner {
        let parent = FilePath.parent(of: path)
        if parent == place.folder { return .directory }
        let known = partitions.first { FilePath.join(place.folder, $0.description) == parent }
        return known.map { .partition($0) } ?? .nobody
    }

    /// Where the fields of a batch lie that its CRC leaves out, so that a broker can set them. Between them stands the
    /// length, of which a wrong one leads to something that is no batch.
    private static let baseOffset = RecordBatchLayout.baseOffset..<RecordBatchLayout.batchLength
    private static let leaderEpoch = RecordBatchLayout.partitionLeaderEpoch..<RecordBatchLayout.magic

    /// The position within its batch.
    private static func positionInBatch(_ position: Int, of bytes: ByteSlice) -> Int {
        var start = 0
        while let header = RecordBatchHeader(bytes, at: start), start + header.sizeBytes <= position {
            start += header.sizeBytes
        }
        return position - start
    }

    /// Opens a damaged partition. At the first start after the damage there is a model yet: all is as it says, or
    /// somebody was told that something is wrong.
    func checkDamaged(_ partition: TopicPartition, _ id: Uuid, _ registry: LogRegistry) throws {
        let model = models.removeValue(forKey: partition)
        do {
            let log = try registry.createLog(partition, topicId: id, config: config(partition))
            let isSaid = try readDamaged(log)
            if let model, let damage, !damage.isSaid, !damage.isUnprotected {
                let (fault, _) = try strictFault(log, model)
                if let fault, !isSaid, place.warnings.count == damage.warningCount {
                    throw self.fault("\(partition) is damaged, and nobody was told: \(fault)", log)
                }
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            note("\(partition) cannot be read: \(error)")
        }
        if let failure = registry.directories[0].failure {
            throw Fault(seed: seed, text: "damage took the directory offline: \(failure)", history: history)
        }
    }

    /// Reads all that a damaged log gives. What a consumer takes for sound was written.
    /// - Returns: whether a consumer notices that something is wrong.
    func readDamaged(_ log: PartitionLog) throws -> Bool {
        let written = Set(
            try (appended[log.topicPartition] ?? []).flatMap { batch in
                var one = RecordBatches(bytes: ByteSlice(copying: batch.bytes))
                return try one.next().map(contents(of:)) ?? []
            })
        var isNoticed = false
        var at = log.logStartOffset
        let end = log.logEndOffset
        while at < end {
            guard let batches = try? log.read(from: at, maxBytes: 700, upTo: .logEnd).batches(), !batches.isEmpty
            else { return true }
            for batch in batches where batch.lastOffset >= at {
                guard batch.isCrcValid else {
                    isNoticed = true
                    continue
                }
                if let foreign = try contents(of: batch).first(where: { !written.contains($0) }) {
                    throw fault("\(log.topicPartition) is damaged and passes on what nobody wrote: \(foreign)", log)
                }
            }
            at = max(at + 1, (batches.last?.lastOffset ?? at) + 1)
        }
        return isNoticed
    }

    /// The records of a batch, or its marker, as text.
    private func contents(of batch: RecordBatch) throws -> [String] {
        func at(_ offset: Int64) -> String { areOffsetsUnsure ? "" : "\(offset) " }
        if batch.isControl {
            guard let marker = try batch.endTransactionMarker() else { return [] }
            return ["\(at(batch.baseOffset))\(batch.producerId) \(marker.isCommit ? "commits" : "aborts")"]
        }
        return try batch.records().map { record in
            "\(at(record.offset))\(record.timestamp) \(record.key ?? []) \(record.value.map { "\($0)" } ?? "null")"
        }
    }
}
