// Indexes held against the batches of their segment, both in the order of the file.

import Files

/// Reads the entries of an index one after the other, a block at a time.
struct IndexEntries<Entry: IndexEntry> {
    private let file: (any OpenFile)?
    private let count: Int
    private var block: [Entry] = []
    private var first = 0
    /// The entry looked at, from 0.
    private(set) var slot = 0
    /// Bytes after the last whole entry.
    let surplusBytes: Int

    init(_ file: (any OpenFile)?) throws(FileError) {
        self.file = file
        let size = Int(clamping: try file?.sizeBytes() ?? 0)
        count = size / Entry.sizeBytes
        surplusBytes = size % Entry.sizeBytes
    }

    /// The entry looked at; nil after the last one, and where the file cannot be read.
    mutating func current() -> Entry? {
        guard slot < count, let file else { return nil }
        if slot >= first + block.count || slot < first {
            block = (try? IndexFile<Entry>.entries(of: file, from: slot, count: min(512, count - slot))) ?? []
            first = slot
        }
        return slot - first < block.count ? block[slot - first] : nil
    }

    mutating func advance() { slot += 1 }
}

/// Whether every entry of an offset index leads to the batches whose last offset it names.
struct OffsetIndexCheck {
    private var entries: IndexEntries<OffsetIndexEntry>
    private var fault: String?
    /// The offset that the last entry named, until the batch that ends there came: an append may be of several batches.
    private var awaited: Int64?

    init(_ file: (any OpenFile)?) throws(FileError) {
        entries = try IndexEntries(file)
        if entries.surplusBytes > 0 { fault = "\(entries.surplusBytes) bytes after the last whole entry" }
    }

    mutating func pass(_ batch: BatchPosition, baseOffset: Int64) {
        guard fault == nil else { return }
        if let entry = entries.current(), Int(entry.position) <= batch.position {
            let named = baseOffset + Int64(entry.relativeOffset)
            if Int(entry.position) < batch.position {
                fault = "entry \(entries.slot) leads to byte \(entry.position), where no batch begins"
            } else if awaited != nil {
                fault = "entry \(entries.slot - 1) names an offset at which no batch ends"
            }
            awaited = named
            entries.advance()
        }
        guard let named = awaited else { return }
        if batch.lastOffset == named { awaited = nil }
        if batch.lastOffset > named {
            fault = fault ?? "entry \(entries.slot - 1) names offset \(named), at which no batch ends"
        }
    }

    mutating func finish() -> String? {
        if fault == nil, let entry = entries.current() {
            return "entry \(entries.slot) leads to byte \(entry.position), beyond the last batch"
        }
        return fault ?? awaited.map { "entry \(entries.slot - 1) names offset \($0), at which no batch ends" }
    }
}

/// Whether every entry of a time index names the largest timestamp up to its offset.
struct TimeIndexCheck {
    private var entries: IndexEntries<TimeIndexEntry>
    private var fault: String?
    private var largest: Int64 = -1
    private var previous = TimeIndexEntry(timestampMs: -1, relativeOffset: 0)

    init(_ file: (any OpenFile)?) throws(FileError) {
        entries = try IndexEntries(file)
        if entries.surplusBytes > 0 { fault = "\(entries.surplusBytes) bytes after the last whole entry" }
    }

    mutating func pass(_ batch: BatchPosition, baseOffset: Int64) {
        largest = max(largest, batch.maxTimestamp)
        while fault == nil, let entry = entries.current(), baseOffset + Int64(entry.relativeOffset) <= batch.lastOffset
        {
            if entry.timestampMs != largest {
                fault =
                    "entry \(entries.slot) says \(entry.timestampMs) at offset "
                    + "\(baseOffset + Int64(entry.relativeOffset)), where the largest timestamp is \(largest)"
            } else if entry.timestampMs <= previous.timestampMs || entry.relativeOffset < previous.relativeOffset {
                fault = "entry \(entries.slot) does not come after the one before it"
            }
            previous = entry
            entries.advance()
        }
    }

    mutating func finish() -> String? {
        if fault == nil, let entry = entries.current() {
            return "entry \(entries.slot) names an offset \(entry.relativeOffset) after the base, beyond the last batch"
        }
        return fault
    }
}
