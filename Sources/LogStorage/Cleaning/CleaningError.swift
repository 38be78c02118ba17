// Why the cleaning of a log ended before its end.

import Files
import Records

enum CleaningError: Error {
    /// The cleaner is being stopped, or the log was closed or deleted meanwhile. Nothing changed.
    case cancelled
    /// Segments went (by retention or by a cut) while they were being cleaned. Nothing changed; the next try starts
    /// anew.
    case superseded
    /// Something in the log is not as it must be: the log is left as it is from then on.
    case damaged(String)
    case storage(FileError)
}

extension CleaningError {
    /// The batch that ends at `offset` is not as it must be.
    static func damaged(at offset: Int64, in segment: Segment, _ reason: String) -> CleaningError {
        .damaged("\(segment.path(.log)): the batch up to offset \(offset): \(reason)")
    }
}
