// A record as plain values, for code where an allocation more does not matter.

import Bytes

/// One record, copied out of its batch. The metadata log and the coordinators work with these; paths that every record
/// of a producer takes use `RecordCursor`.
public struct Record: Hashable, Sendable {
    public var offset: Int64
    /// Milliseconds since 1970; -1: none.
    public var timestamp: Int64
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(
        offset: Int64 = 0, timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

extension RecordBatch {
    /// All records of the batch, copied out.
    public func records() throws(RecordFault) -> [Record] {
        var records: [Record] = []
        var cursor = try RecordCursor(self)
        while try cursor.next() { records.append(cursor.record()) }
        return records
    }
}
