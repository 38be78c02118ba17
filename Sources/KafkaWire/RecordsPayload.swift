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
