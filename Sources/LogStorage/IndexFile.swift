// What the offset index and the time index have in common: sorted entries of a fixed size, appended at the end.
//
// The newest entries are kept in memory and written a few dozen at a time, so that an append costs no system call for
// them and a partition without traffic costs no memory; lookups search the file by reads of a few KiB. Nothing is
// mapped and nothing preallocated. After a crash the entries in memory are missing: recovery builds the active
// segment's indexes anew, as Kafka's does.

import Bytes
import Files

/// An entry of an index file.
protocol IndexEntry: BitwiseCopyable, Sendable {
    static var sizeBytes: Int { get }
    /// Reads the entry at `offset`, which is inside of `bytes`.
    init(_ bytes: ByteSlice, at offset: Int)
    func store(to bytes: ByteSlice, at offset: Int)
    /// Whether this entry may come right after `previous`.
    func follows(_ previous: Self) -> Bool
}

/// The entries of one index: those on disk, and those not yet written.
struct IndexFile<Entry: IndexEntry>: Sendable {
    /// So many unwritten entries are written together.
    static var bufferedEntries: Int { 64 }
    /// A search reads so many entries at once when it is that close.
    private static var blockEntries: Int { 512 }

    /// nil until somebody looked at the file.
    private(set) var entriesOnDisk: Int?
    private(set) var buffered: [Entry] = []
    private(set) var last: Entry?

    /// An index that is known to have no entries.
    static var empty: IndexFile { IndexFile(entriesOnDisk: 0) }
    /// An index whose file was not looked at yet.
    static var unread: IndexFile { IndexFile(entriesOnDisk: nil) }

    private init(entriesOnDisk: Int?) {
        self.entriesOnDisk = entriesOnDisk
    }

    /// All entries; the file must have been looked at.
    var count: Int { (entriesOnDisk ?? 0) + buffered.count }
    var sizeBytes: Int { count * Entry.sizeBytes }
    var needsWrite: Bool { !buffered.isEmpty }

    /// Finds out how many entries the file has and what the last one is. A part of an entry at the end is left out.
    static func read(_ file: (any OpenFile)?) throws(FileError) -> IndexFile {
        guard let file else { return .empty }
        var index = IndexFile(entriesOnDisk: Int(clamping: try file.sizeBytes()) / Entry.sizeBytes)
        if let count = index.entriesOnDisk, count > 0 {
            index.last = try entries(of: file, from: count - 1, count: 1).first
        }
        return index
    }

    mutating func append(_ entry: Entry) {
        buffered.append(entry)
        last = entry
    }

    /// The bytes that `didWrite` takes as written, and where they belong.
    func unwritten() -> (bytes: ByteSlice, position: Int64) {
        let bytes = ByteSlice(
            storage: ByteStorage(capacityBytes: buffered.count * Entry.sizeBytes), storageOffset: 0,
            count: buffered.count * Entry.sizeBytes)
        for (slot, entry) in buffered.enumerated() { entry.store(to: bytes, at: slot * Entry.sizeBytes) }
        return (bytes, Int64((entriesOnDisk ?? 0) * Entry.sizeBytes))
    }

    /// The first `count` buffered entries are on disk now.
    mutating func didWrite(_ count: Int) {
        entriesOnDisk = (entriesOnDisk ?? 0) + count
        // A segment that nobody appends to any more keeps no buffer.
        if count == buffered.count { buffered = [] } else { buffered.removeFirst(count) }
    }

    // MARK: Search

    /// Searches the buffered entries: the last for which `isBefore` holds and the one after it. nil when the border
    /// lies before the first buffered entry, which is then `first`.
    func searchBuffered(_ isBefore: (Entry) -> Bool) -> (last: Entry, next: Entry?)? {
        guard let first = buffered.first, isBefore(first) else { return nil }
        var low = 0
        var high = buffered.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if isBefore(buffered[middle]) { low = middle } else { high = middle }
        }
        return (buffered[low], high < buffered.count ? buffered[high] : nil)
    }

    /// Searches the first `count` entries of a file: the last for which `isBefore` holds, and the one after it. On a
    /// file that is damaged the answer may be any; whoever uses it looks at the batch it leads to. `isSorted`: whether
    /// the last entries looked at, some hundreds, are all there and in order.
    static func search(
        _ file: any OpenFile, count: Int, _ isBefore: (Entry) -> Bool
    ) throws(FileError) -> (last: Entry?, next: Entry?, isSorted: Bool) {
        // `low` is before the border (or -1), `high` is not (or count).
        var low = -1
        var high = count
        while high - low > blockEntries {
            let middle = (low + high) / 2
            guard let entry = try entries(of: file, from: middle, count: 1).first else { return (nil, nil, false) }
            if isBefore(entry) { low = middle } else { high = middle }
        }
        let first = max(low, 0)
        let wanted = min(high + 1, count) - first
        let block = try entries(of: file, from: first, count: wanted)
        let isSorted = block.count == wanted && zip(block, block.dropFirst()).allSatisfy { $1.follows($0) }
        var before = 0
        var after = block.count
        while before < after {
            let middle = (before + after) / 2
            if isBefore(block[middle]) { before = middle + 1 } else { after = middle }
        }
        return (before > 0 ? block[before - 1] : nil, before < block.count ? block[before] : nil, isSorted)
    }

    static func entries(of file: any OpenFile, from first: Int, count: Int) throws(FileError) -> [Entry] {
        guard count > 0 else { return [] }
        let bytes = try file.read(count: count * Entry.sizeBytes, at: Int64(first * Entry.sizeBytes))
        return (0..<bytes.count / Entry.sizeBytes).map { Entry(bytes, at: $0 * Entry.sizeBytes) }
    }
}
