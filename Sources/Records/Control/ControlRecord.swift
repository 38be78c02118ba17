// The records of control batches: what brokers write into logs for each other and for clients, and applications never
// see.
//
//  key    version(2) = 0   type(2)
//  value  end of a transaction (0, 1):  version(2) = 0   coordinatorEpoch(4)
//         all others:                   version(2)       a message of Kafka's schemas, encoded elsewhere

/// What a control record says. Kafka: `ControlRecordType`.
public enum ControlRecordType: Int16, Sendable, CaseIterable {
    /// The transaction of the batch's producer is aborted.
    case abort = 0
    /// The transaction of the batch's producer is committed.
    case commit = 1
    /// A KRaft leader was elected: `LeaderChangeMessage`.
    case leaderChange = 2
    /// The first record of a snapshot: `SnapshotHeaderRecord`.
    case snapshotHeader = 3
    /// The last record of a snapshot: `SnapshotFooterRecord`.
    case snapshotFooter = 4
    /// `KRaftVersionRecord`, KIP-853.
    case kraftVersion = 5
    /// `VotersRecord`, KIP-853.
    case kraftVoters = 6

    /// The bytes of a control record's key.
    public static let keyBytes = 4

    /// The key of a record of this type.
    public var key: [UInt8] { [0, 0, UInt8(truncatingIfNeeded: rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)] }

    /// The type that a key names; nil for one that came after Kafka 4.3, which is to be passed over. Later versions of
    /// the key are read as version 0. Throws when the key is too short or its version negative.
    public static func read<Bytes: RandomAccessCollection>(
        key: Bytes
    ) throws(RecordFault) -> ControlRecordType? where Bytes.Element == UInt8 {
        guard key.count >= keyBytes else { throw .malformed("control record key too short") }
        var fields = key.makeIterator()
        let bytes = (0..<keyBytes).map { _ in UInt16(fields.next() ?? 0) }
        guard bytes[0] < 0x80 else { throw .malformed("negative version of a control record key") }
        return ControlRecordType(rawValue: Int16(bitPattern: bytes[2] << 8 | bytes[3]))
    }
}

/// How a transaction ended, as its coordinator wrote it. Kafka: `EndTransactionMarker`.
public struct EndTransactionMarker: Hashable, Sendable {
    public var isCommit: Bool
    /// The epoch of the coordinator's own partition: markers of an older coordinator are refused.
    public var coordinatorEpoch: Int32

    private static let valueBytes = 6

    public init(isCommit: Bool, coordinatorEpoch: Int32) {
        self.isCommit = isCommit
        self.coordinatorEpoch = coordinatorEpoch
    }

    public var type: ControlRecordType { isCommit ? .commit : .abort }

    /// The value of the marker's record.
    public var value: [UInt8] {
        let epoch = UInt32(bitPattern: coordinatorEpoch)
        return [0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: epoch >> $0) }
    }

    /// The marker in a control record; nil when the record is of another type. Later versions of the value are read as
    /// version 0.
    public static func read(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?
    ) throws(RecordFault) -> EndTransactionMarker? {
        guard let type = try ControlRecordType.read(key: key), type == .commit || type == .abort else { return nil }
        guard let value, value.count >= valueBytes else { throw .malformed("end transaction marker too short") }
        guard value[0] < 0x80 else { throw .malformed("negative version of an end transaction marker") }
        let epoch = Int32(bigEndian: value.loadUnaligned(fromByteOffset: 2, as: Int32.self))
        return EndTransactionMarker(isCommit: type == .commit, coordinatorEpoch: epoch)
    }

    /// The batch that carries this marker for a producer: one transactional control record.
    public func batch(
        producerId: Int64, producerEpoch: Int16, timestamp: Int64, baseOffset: Int64 = 0,
        partitionLeaderEpoch: Int32 = -1
    ) -> RecordBatch {
        var builder = RecordBatchBuilder(
            baseOffset: baseOffset, partitionLeaderEpoch: partitionLeaderEpoch, isControl: true,
            producer: BatchProducer(id: producerId, epoch: producerEpoch, baseSequence: -1, isTransactional: true))
        builder.append(timestamp: timestamp, key: type.key, value: value)
        guard let batch = builder.build() else { preconditionFailure("a record was appended") }
        return batch
    }
}

extension RecordBatch {
    /// The marker that a control batch carries; nil when it is no end of a transaction. Only its first record counts.
    public func endTransactionMarker() throws(RecordFault) -> EndTransactionMarker? {
        guard isControl else { return nil }
        var cursor = try RecordCursor(self)
        guard try cursor.next() else { return nil }
        guard let key = cursor.key else { throw .malformed("control record without a key") }
        return try EndTransactionMarker.read(key: key, value: cursor.value)
    }
}

extension RecordBatchBuilder {
    /// Appends a control record with the next offset; the builder was made with `isControl`.
    public mutating func append(_ type: ControlRecordType, timestamp: Int64, value: [UInt8]) {
        append(timestamp: timestamp, key: type.key, value: value)
    }
}
