// Goes over a batch's records one by one, without keeping more than one of them.

import Bytes

/// The records of one batch in their order, compressed or not. Nothing is allocated for each record, bounds are
/// checked, and no input makes it trap.
///
///     var cursor = try RecordCursor(batch)
///     while try cursor.next() { use(cursor.offset, cursor.key) }
///
/// The pointers it gives are valid until the next `next()`.
public struct RecordCursor: ~Copyable {
    /// How much of each record is wanted.
    public enum Contents: Sendable {
        /// Offset, timestamp, and the lengths of key and value. Records of any size pass in bounded memory.
        case heads
        /// Key, value and headers too. A record that lies across chunks of compressed data is put together in memory.
        case whole
    }

    private let batch: RecordBatch
    private let baseOffset: Int64
    private let baseTimestamp: Int64
    /// The timestamp of all records of a LogAppendTime batch.
    private let batchTimestamp: Int64?
    private let contents: Contents
    private var stream: RecordStream
    private var layout: RecordLayout
    private var body: UnsafeRawBufferPointer
    /// The records not yet read.
    public private(set) var remaining: Int32

    /// `maxRecordBytes`: a larger record of a compressed batch is a fault (`.whole` only).
    public init(
        _ batch: RecordBatch, contents: Contents = .whole, maxRecordBytes: Int = 64 << 20
    ) throws(RecordFault) {
        guard let codec = batch.codec else { throw .unreadable("unknown codec") }
        guard batch.recordCount >= 0 else { throw .malformed("negative record count") }
        // A batch of which the cleaner took all records has no payload to open.
        let openedAs = batch.recordCount == 0 ? .none : codec
        stream = try RecordStream(openedAs, batch.payload, maxBodyBytes: maxRecordBytes)
        layout = RecordLayout()
        body = UnsafeRawBufferPointer(start: nil, count: 0)
        self.batch = batch
        self.contents = contents
        baseOffset = batch.baseOffset
        baseTimestamp = batch.baseTimestamp
        batchTimestamp = batch.timestampType == .logAppendTime ? batch.maxTimestamp : nil
        remaining = batch.recordCount
    }

    /// Goes to the next record; false after the last, once it is certain that nothing follows it.
    public mutating func next() throws(RecordFault) -> Bool {
        guard remaining > 0 else {
            // Looked at only now: it may give up the memory that the last record lies in.
            let isWhole = batch.recordCount == 0 ? true : try stream.isAtEnd()
            guard isWhole else { throw .malformed("data after the last record") }
            return false
        }
        switch contents {
        case .heads:
            try stream.readHead(into: &layout)
        case .whole:
            body = try stream.nextBody()
            guard let base = body.baseAddress, layout.read(base, count: body.count) else {
                throw .malformed("a record that is not one")
            }
        }
        remaining -= 1
        return true
    }

    /// The current record's offset.
    public var offset: Int64 { baseOffset &+ Int64(layout.offsetDelta) }

    /// The current record's timestamp (ms); -1: none.
    public var timestamp: Int64 { batchTimestamp ?? baseTimestamp &+ layout.timestampDelta }

    /// The current record's sequence number; -1 in a batch without.
    public var sequence: Int32 {
        batch.baseSequence < 0 ? -1 : ProducerSequence.advance(batch.baseSequence, by: layout.offsetDelta)
    }

    public var hasKey: Bool { layout.keyLength >= 0 }
    public var hasValue: Bool { layout.valueLength >= 0 }

    /// The current record's key; nil for null. `.whole` only.
    public var key: UnsafeRawBufferPointer? { layout.key(in: wholeBody) }

    /// The current record's value; nil for null. `.whole` only.
    public var value: UnsafeRawBufferPointer? { layout.value(in: wholeBody) }

    public var headerCount: Int { Int(layout.headerCount) }

    /// Calls `visit` with each header of the current record. `.whole` only.
    public func forEachHeader(_ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) {
        HeaderList.forEach(layout.headerCount, in: headerBytes, visit)
    }

    /// The current record, copied out. `.whole` only.
    public func record() -> Record {
        var headers: [RecordHeader] = []
        forEachHeader { key, value in
            headers.append(RecordHeader(key: String(decoding: key, as: UTF8.self), value: value.map { [UInt8]($0) }))
        }
        return Record(
            offset: offset, timestamp: timestamp, key: key.map { [UInt8]($0) }, value: value.map { [UInt8]($0) },
            headers: headers)
    }

    /// The current record's headers as they are encoded, without their count.
    private var headerBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: wholeBody[layout.headersStart...])
    }

    /// The current record's headers as they are encoded, their count included.
    var encodedHeaders: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: wholeBody[(layout.valueStart + Int(max(layout.valueLength, 0)))...])
    }

    private var wholeBody: UnsafeRawBufferPointer {
        precondition(body.baseAddress != nil, "keys, values and headers need a cursor over whole records")
        return body
    }
}
