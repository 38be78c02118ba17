// How long a check of records may take: what came as a few KiB may be gigabytes once it is opened.

/// How far a check goes before it is given up (`RecordsRefusal.isUnfinished`), the records being as they were.
public struct CheckEffort: Sendable {
    /// Some milliseconds at most, for a thread with others to serve.
    public static let brief = CheckEffort(expandedBytes: 4 << 20, isBrief: true, mayGoOn: nil)
    /// As far as it takes.
    public static let whole = CheckEffort(expandedBytes: .max, isBrief: false, mayGoOn: nil)

    /// Up to so much opened. After each `pauseBytes` of it, a few milliseconds, `mayGoOn` is asked on the same thread;
    /// it may take its time.
    public static func upTo(expandedBytes: Int, mayGoOn: @escaping @Sendable () -> Bool) -> CheckEffort {
        CheckEffort(expandedBytes: expandedBytes, isBrief: false, mayGoOn: mayGoOn)
    }

    static let pauseBytes = 4 << 20
    /// How many records a batch may have where the effort is brief.
    static let briefRecordCount = 400_000
    /// How much may be compressed anew where the effort is brief.
    static let briefRecompressedBytes = 64 << 10

    /// What a compressed batch may expand to.
    let expandedBytes: Int
    let isBrief: Bool
    let mayGoOn: (@Sendable () -> Bool)?

    /// What may be opened before the first pause.
    var firstBytes: Int { mayGoOn == nil ? expandedBytes : min(expandedBytes, Self.pauseBytes) }
}
