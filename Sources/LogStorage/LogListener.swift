// How those who wait for a log hear that it went on.

/// Somebody who waits for a log: a delayed fetch, a follower, a coordinator that loads.
///
/// To wait without missing anything: `addListener` first, then look at the offsets, then go to sleep. `logDidAdvance`
/// is called on the thread that appended, after the append is visible, with no lock of the log held, so it may call the
/// log; it must be short (hand the work to a loop) and may come once more after `removeListener` returned.
public protocol LogListener: AnyObject, Sendable {
    /// The high watermark or the last stable offset went up, the log start offset changed, or the log was closed or
    /// deleted.
    func logDidAdvance(_ log: PartitionLog)
}
