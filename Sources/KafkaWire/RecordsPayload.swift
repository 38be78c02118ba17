// The type of a schema's `records` field.

import Bytes

/// The record batches of a Produce or Fetch message.
///
/// Decoding gives `.bytes` over the request's own memory. An answer may instead name ranges of segment files; the
/// writer keeps them as pieces of their own, and the bytes on the wire are the bytes on disk.
public enum RecordsPayload: Sendable {
    case bytes(ByteSlice)
    case file(FileRegion)

    public var sizeBytes: Int {
        switch self {
        case .bytes(let slice): slice.count
        case .file(let region): region.sizeBytes
        }
    }
}

extension RecordsPayload: Equatable {
    /// Bytes are equal when their contents are; file ranges when they are the same range of the same open file.
    public static func == (left: RecordsPayload, right: RecordsPayload) -> Bool {
        switch (left, right) {
        case (.bytes(let a), .bytes(let b)): a == b
        case (.file(let a), .file(let b)):
            a.owner === b.owner && a.position == b.position && a.sizeBytes == b.sizeBytes
        default: false
        }
    }
}
