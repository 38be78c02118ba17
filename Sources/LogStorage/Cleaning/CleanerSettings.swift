// The cleaner's settings.

/// Kafka: `CleanerConfig`. The defaults are Martlet's; see Documentation/CONFIGURATION.md.
public struct CleanerSettings: Hashable, Sendable {
    /// `log.cleaner.enable`
    public var isEnabled = true
    /// `log.cleaner.threads`
    public var threads = 1
    /// `log.cleaner.dedupe.buffer.size`, of all threads together.
    public var dedupeBufferBytes: Int64 = 48 << 20
    /// `log.cleaner.io.buffer.load.factor`
    public var mapLoadFactor = 0.9
    /// `log.cleaner.io.buffer.size`, of all threads together.
    public var ioBufferBytes = 512 << 10
    /// `log.cleaner.io.max.bytes.per.second`, of all threads together.
    public var maxBytesPerSecond = Double.greatestFiniteMagnitude
    /// `log.cleaner.backoff.ms`: how long after a change a log is looked at, at the earliest.
    public var backoffMs: Int64 = 15_000

    public init() {}

    /// The keys that one thread's map has room for.
    var mapSlotsPerThread: Int {
        max(64, Int(clamping: dedupeBufferBytes) / max(1, threads) / OffsetMap.bytesPerSlot)
    }

    /// Each thread has a buffer to read into, and one to write from.
    var ioBufferBytesPerThread: Int { max(64 << 10, ioBufferBytes / max(1, threads) / 2) }
}
