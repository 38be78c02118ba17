// Records of any format, as the cleaner looks at them.

import Records

/// Goes over records one by one. Declared here so that the compiler makes a loop of its own for each format.
protocol KeyedRecords: ~Copyable {
    mutating func next() throws(RecordFault) -> Bool
    var offset: Int64 { get }
    /// nil for null; valid until the next `next()`.
    var key: UnsafeRawBufferPointer? { get }
    var hasValue: Bool { get }
}

extension RecordCursor: KeyedRecords {}
extension LegacyCursor: KeyedRecords {}
