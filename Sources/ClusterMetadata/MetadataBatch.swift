// The batches of the metadata log and of its snapshots: written here, and taken apart again.
//
//   a record:  length       varint            what follows it
//              attributes   int8, 0
//              timestamp    varlong, 0        less the batch's: all records of a batch are of one moment
//              offset       varint            less the batch's
//              key          varint length, -1 for a metadata record; int16 version 0, int16 type for a control record
//              value        varint length, bytes
//              headers      varint, 0

import Bytes
import KafkaMessages
import KafkaWire
import Records

/// A record of the raft layer, in batches of their own. Kafka: `ControlRecordType`.
enum ControlRecord: Sendable, Equatable {
    case leaderChange(LeaderChangeMessage)
    case snapshotHeader(SnapshotHeaderRecord)
    case snapshotFooter(SnapshotFooterRecord)
    case kraftVersion(KRaftVersionRecord)
    case kraftVoters(VotersRecord)

    private var type: Int16 {
        switch self {
        case .leaderChange: 2
        case .snapshotHeader: 3
        case .snapshotFooter: 4
        case .kraftVersion: 5
        case .kraftVoters: 6
        }
    }

    var key: ByteSlice {
        let bytes = ByteSlice(copying: [0, 0, 0, 0])
        bytes.store(type, at: 2)
        return bytes
    }

    /// The schemas' version 0 begins with a field of its own for the version.
    var value: ByteSlice {
        switch self {
        case .leaderChange(let message): message.encoded(version: 0)
        case .snapshotHeader(let message): message.encoded(version: 0)
        case .snapshotFooter(let message): message.encoded(version: 0)
        case .kraftVersion(let message): message.encoded(version: 0)
        case .kraftVoters(let message): message.encoded(version: 0)
        }
    }

    /// nil for a type that is none of the metadata log's.
    init?(key: ByteSlice, value: ByteSlice) throws(WireError) {
        var reader = WireReader(key)
        _ = try reader.readInt16()
        switch try reader.readInt16() {
        case 2: self = .leaderChange(try .init(value, version: 0))
        case 3: self = .snapshotHeader(try .init(value, version: 0))
        case 4: self = .snapshotFooter(try .init(value, version: 0))
        case 5: self = .kraftVersion(try .init(value, version: 0))
        case 6: self = .kraftVoters(try .init(value, version: 0))
        default: return nil
        }
    }
}

/// What every batch of one append has in common.
struct BatchStamp {
    var epoch: Int32
    /// ms since 1970
    var timestampMs: Int64
}

/// Writes batches.
enum MetadataBatch {
    /// Kafka: `KafkaRaftClient.MAX_BATCH_SIZE_BYTES` and the controller's limit of records.
    static let maxSizeBytes = 8 << 20
    static let maxRecords = 10_000

    /// One batch of control records.
    static func encode(_ records: [ControlRecord], baseOffset: Int64, _ stamp: BatchStamp) -> ByteSlice {
        var builder = MetadataBatchBuilder(baseOffset: baseOffset, stamp, isControl: true)
        for record in records { builder.append(key: record.key, value: record.value) }
        return builder.finish()
    }

    /// The records in as many batches as they need: one as a rule.
    /// - Throws: when a field of a record has no form, such as a text of more than 32,767 bytes.
    static func encode(
        _ records: some Sequence<MetadataRecord>, baseOffset: Int64, _ stamp: BatchStamp,
        metadataVersion: MetadataVersion
    ) throws(WireError) -> [ByteSlice] {
        var batches: [ByteSlice] = []
        var builder = MetadataBatchBuilder(baseOffset: baseOffset, stamp)
        for record in records {
            var writer = WireWriter(reserving: 128)
            record.encode(to: &writer, metadataVersion: metadataVersion)
            if let failure = writer.failure { throw failure }
            let value = writer.finishBytes()
            if !builder.hasRoom(valueBytes: value.count) {
                let next = builder.nextOffset
                batches.append(builder.finish())
                builder = MetadataBatchBuilder(baseOffset: next, stamp)
            }
            builder.append(key: nil, value: value)
        }
        if builder.count > 0 { batches.append(builder.finish()) }
        return batches
    }
}

/// One batch in the making.
struct MetadataBatchBuilder: ~Copyable {
    private let baseOffset: Int64
    private let stamp: BatchStamp
    private let isControl: Bool
    private var writer: WireWriter
    private(set) var count: Int32 = 0

    init(baseOffset: Int64, _ stamp: BatchStamp, isControl: Bool = false) {
        self.baseOffset = baseOffset
        self.stamp = stamp
        self.isControl = isControl
        writer = WireWriter(reserving: 1024)
        let header = [UInt8](repeating: 0, count: RecordBatchLayout.records)
        header.withUnsafeBytes { writer.writeRaw($0) }
    }

    var nextOffset: Int64 { baseOffset + Int64(count) }

    /// Whether another record fits. The first one always does.
    func hasRoom(valueBytes: Int) -> Bool {
        count == 0
            || (count < MetadataBatch.maxRecords && writer.sizeBytes + valueBytes + 32 <= MetadataBatch.maxSizeBytes)
    }

    mutating func append(key: ByteSlice?, value: ByteSlice) {
        let keyBytes = key?.count ?? 0
        // attributes, timestamp and the number of headers take a byte each
        let size =
            3 + Self.sizeBytes(count) + Self.sizeBytes(key.map { Int32($0.count) } ?? -1) + keyBytes
            + Self.sizeBytes(Int32(value.count)) + value.count
        writer.writeVarint(Int32(size))
        writer.writeInt8(0)
        writer.writeVarlong(0)
        writer.writeVarint(count)
        writer.writeVarint(key.map { Int32($0.count) } ?? -1)
        if let key { writer.writeRaw(key) }
        writer.writeVarint(Int32(value.count))
        writer.writeRaw(value)
        writer.writeVarint(0)
        count += 1
    }

    /// The bytes of a zigzag varint.
    private static func sizeBytes(_ value: Int32) -> Int {
        let zigzag = UInt32(bitPattern: (value << 1) ^ (value >> 31))
        return max(1, (38 - zigzag.leadingZeroBitCount) / 7)
    }

    consuming func finish() -> ByteSlice {
        let bytes = writer.finishBytes()
        bytes.store(baseOffset, at: RecordBatchLayout.baseOffset)
        bytes.store(Int32(bytes.count - RecordBatchLayout.logOverheadBytes), at: RecordBatchLayout.batchLength)
        bytes.store(stamp.epoch, at: RecordBatchLayout.partitionLeaderEpoch)
        bytes.store(2 as Int8, at: RecordBatchLayout.magic)
        bytes.store(isControl ? RecordBatchLayout.controlBit : 0, at: RecordBatchLayout.attributes)
        bytes.store(count - 1, at: RecordBatchLayout.lastOffsetDelta)
        bytes.store(stamp.timestampMs, at: RecordBatchLayout.baseTimestamp)
        bytes.store(stamp.timestampMs, at: RecordBatchLayout.maxTimestamp)
        bytes.store(-1 as Int64, at: RecordBatchLayout.producerId)
        bytes.store(-1 as Int16, at: RecordBatchLayout.producerEpoch)
        bytes.store(-1 as Int32, at: RecordBatchLayout.baseSequence)
        bytes.store(count, at: RecordBatchLayout.recordCount)
        let crc = Crc32C.checksum(bytes.suffix(from: RecordBatchLayout.attributes))
        bytes.store(crc, at: RecordBatchLayout.crc)
        return bytes
    }
}

/// What a batch of the metadata log holds.
enum MetadataBatchContent {
    case control([ControlRecord])
    case records([MetadataRecord])
}

extension RecordBatch {
    /// The batch's records, after its CRC was checked.
    func metadataContent() throws(MetadataReplayError) -> MetadataBatchContent {
        func damaged(_ what: String) -> MetadataReplayError {
            MetadataReplayError("the batch at offset \(baseOffset) \(what)")
        }
        guard isCrcValid else { throw damaged("has a wrong CRC") }
        guard codecId == 0 else { throw damaged("is compressed, which metadata never is") }
        guard recordCount >= 0, recordCount == lastOffsetDelta &+ 1 else { throw damaged("counts its records wrongly") }
        do throws(WireError) {
            return try readContent()
        } catch {
            guard error.kind == .unsupportedVersion else { throw damaged("cannot be read: \(error)") }
            throw MetadataReplayError("offset \(baseOffset): \(error.detail)", isOfAnotherRelease: true)
        }
    }

    private func readContent() throws(WireError) -> MetadataBatchContent {
        var reader = WireReader(payload)
        var control: [ControlRecord] = []
        var records: [MetadataRecord] = []
        for _ in 0..<recordCount {
            let size = try reader.readVarint()
            var record = WireReader(try reader.readSlice(Int(size)))
            _ = try record.readInt8()
            _ = try record.readVarlong()
            _ = try record.readVarint()
            let key = try Self.readField(&record)
            guard let value = try Self.readField(&record) else {
                throw WireError(.unexpectedNull, "a metadata record without a value")
            }
            if !isControl {
                let record = try MetadataRecord(frame: value)
                // At once: what comes after it is perhaps of that level, and has no form that is known here.
                if case .featureLevel(let level) = record {
                    try ClusterFeature.check(level.name, level: level.featureLevel)
                }
                records.append(record)
            } else if let key, let record = try ControlRecord(key: key, value: value) {
                if case .kraftVersion(let level) = record {
                    try ClusterFeature.check(ClusterFeature.kraftVersion, level: level.kRaftVersion)
                }
                control.append(record)
            }
        }
        return isControl ? .control(control) : .records(records)
    }

    private static func readField(_ reader: inout WireReader) throws(WireError) -> ByteSlice? {
        let size = try reader.readVarint()
        return size < 0 ? nil : try reader.readSlice(Int(size))
    }
}
