// Builds batches: for the metadata log, the coordinators, markers, and tests.

import Bytes

/// Builds one batch of magic 2. Kafka: `MemoryRecordsBuilder`.
///
///     var builder = RecordBatchBuilder()
///     builder.append(timestamp: now, key: key, value: value)
///     let batch = builder.build()
public struct RecordBatchBuilder: ~Copyable {
    private var frame: BatchFrame
    private var writer: BatchWriter
    private let logAppendTimeMs: Int64?
    private var baseTimestamp: Int64?
    private var maxTimestamp: Int64 = -1
    private var headers: [UInt8] = []
    /// The offset that the next record gets when none is given.
    public private(set) var nextOffset: Int64
    public private(set) var recordCount: Int32 = 0

    /// `logAppendTimeMs` makes it a LogAppendTime batch of that time. `deleteHorizonMs` is set by the cleaner.
    public init(
        baseOffset: Int64 = 0, compression: CompressionSettings = .none, partitionLeaderEpoch: Int32 = -1,
        logAppendTimeMs: Int64? = nil, isControl: Bool = false, producer: BatchProducer? = nil,
        deleteHorizonMs: Int64? = nil
    ) {
        frame = BatchFrame(
            baseOffset: baseOffset, partitionLeaderEpoch: partitionLeaderEpoch, codec: compression.codec,
            timestampType: logAppendTimeMs == nil ? .createTime : .logAppendTime, isControl: isControl,
            hasDeleteHorizon: deleteHorizonMs != nil)
        if let producer {
            precondition(producer.id >= 0 && producer.epoch >= 0, "a producer has an id and an epoch")
            precondition(producer.baseSequence >= 0 || isControl, "a producer's data has sequence numbers")
            frame.producerId = producer.id
            frame.producerEpoch = producer.epoch
            frame.baseSequence = producer.baseSequence
            frame.isTransactional = producer.isTransactional
        }
        self.logAppendTimeMs = logAppendTimeMs
        baseTimestamp = deleteHorizonMs
        nextOffset = baseOffset
        writer = BatchWriter(compression, expectedBytes: nil)
    }

    /// The batch's size so far. Of compressed batches the codec may still hold something back.
    public var sizeBytes: Int { writer.sizeBytes }

    /// Appends a record with the next offset.
    public mutating func append(
        timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []
    ) {
        append(Record(offset: nextOffset, timestamp: timestamp, key: key, value: value, headers: headers))
    }

    /// Appends a record with its own offset, which has to be higher than the last one's.
    public mutating func append(_ record: Record) {
        precondition(record.offset >= nextOffset, "offsets go up")
        precondition(record.timestamp >= -1, "a timestamp is not negative")
        precondition(recordCount < .max, "a batch holds 2^31-1 records")
        let offsetDelta = Int32(record.offset - frame.baseOffset)
        let base = baseTimestamp ?? record.timestamp
        baseTimestamp = base
        headers.removeAll(keepingCapacity: true)
        HeaderList.encode(record.headers, into: &headers)
        Self.withBytes(record.key) { key in
            Self.withBytes(record.value) { value in
                headers.withUnsafeBytes { headers in
                    writer.append(
                        timestampDelta: record.timestamp &- base, offsetDelta: offsetDelta, key: key, value: value,
                        headers: headers)
                }
            }
        }
        maxTimestamp = max(maxTimestamp, record.timestamp)
        nextOffset = record.offset + 1
        recordCount += 1
    }

    /// The batch; nil when nothing was appended.
    public consuming func build() -> RecordBatch? {
        guard recordCount > 0 else { return nil }
        return writer.finish(
            frame, lastOffsetDelta: Int32(nextOffset - 1 - frame.baseOffset), baseTimestamp: baseTimestamp ?? -1,
            maxTimestamp: logAppendTimeMs ?? maxTimestamp, recordCount: recordCount)
    }

    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}

/// The producer that a batch names.
public struct BatchProducer: Hashable, Sendable {
    public var id: Int64
    public var epoch: Int16
    /// Of the first record; -1 in control batches.
    public var baseSequence: Int32
    public var isTransactional: Bool

    public init(id: Int64, epoch: Int16, baseSequence: Int32, isTransactional: Bool = false) {
        self.id = id
        self.epoch = epoch
        self.baseSequence = baseSequence
        self.isTransactional = isTransactional
    }
}
