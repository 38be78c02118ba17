// What the first pass learns of the dirty part's keys, and what the second asks of it.

import Records

/// The last offset of every key, and which records of the dirty part a later one replaces.
///
/// Lookups wait for memory. So records are collected, and of all of them the memory is asked for first: the waits go on
/// side by side.
struct DirtyKeys: ~Copyable {
    private(set) var map: OffsetMap
    private(set) var replaced: ReplacedRecords
    private let firstDirtyOffset: Int64
    /// So many keys go into the map.
    private let maxKeys: Int
    private let hasher = KeyHasher()
    private var pending: [PendingRecord] = []

    /// For the offsets `firstDirtyOffset ..< end`.
    init(from firstDirtyOffset: Int64, to end: Int64, _ settings: CleanerSettings) {
        self.firstDirtyOffset = firstDirtyOffset
        // Every record has an offset of its own: there are no more records than offsets, and no more memory is taken
        // than their keys need.
        let keys = min(Int(clamping: max(0, end &- firstDirtyOffset)), settings.mapSlotsPerThread)
        map = OffsetMap(slots: min(settings.mapSlotsPerThread, max(keys + keys / 4, 64)))
        replaced = ReplacedRecords(from: firstDirtyOffset, to: end)
        maxKeys = max(1, min(Int(Double(map.slots) * settings.mapLoadFactor), map.slots - 1))
        pending.reserveCapacity(PendingRecord.most)
    }

    /// The map says which record of a key is the last up to this offset.
    var latestOffset: Int64 { map.latestOffset }
    /// The keys in the map.
    var count: Int { map.count }

    mutating func didRead(upTo offset: Int64) { map.didRead(upTo: offset) }

    // MARK: The first pass

    /// Puts the keys of a batch's records into the map; false when that is full.
    mutating func add(_ batch: RecordBatch) throws(RecordFault) -> Bool {
        var cursor = try RecordCursor(batch)
        return try add(&cursor)
    }

    /// As for a batch of magic 2.
    mutating func add(_ batch: LegacyBatch) throws(RecordFault) -> Bool {
        var cursor = try LegacyCursor(batch)
        return try add(&cursor)
    }

    private mutating func add<Records: KeyedRecords & ~Copyable>(_ cursor: inout Records) throws(RecordFault) -> Bool {
        pending.removeAll(keepingCapacity: true)
        while try cursor.next() {
            guard let key = cursor.key, cursor.offset >= firstDirtyOffset else { continue }
            collect(key, cursor.offset, hasValue: cursor.hasValue)
            if pending.count == PendingRecord.most {
                guard put() else { return false }
            }
        }
        return put()
    }

    private mutating func put() -> Bool {
        for record in pending {
            guard map.count < maxKeys else { return false }
            replaced.insert(map.put(record.hash, offset: record.offset))
        }
        pending.removeAll(keepingCapacity: true)
        return true
    }

    private mutating func collect(_ key: UnsafeRawBufferPointer, _ offset: Int64, hasValue: Bool) {
        let hash = hasher.hash(key)
        map.prefetch(hash)
        pending.append(PendingRecord(hash, offset, hasValue: hasValue))
    }

    // MARK: The second pass

    /// Notes in `kept` which records of a batch stay: the last one of its key; one without a value as long as its time
    /// is not over; all of a control batch, and those the map says nothing of. Gives back how many records had no key:
    /// they go.
    mutating func choose(
        from batch: RecordBatch, isPastHorizon: Bool, _ kept: inout KeptRecords
    ) throws(RecordFault) -> Int {
        var cursor = try RecordCursor(batch)
        return try choose(from: &cursor, isControl: batch.isControl, isPastHorizon: isPastHorizon, &kept)
    }

    /// As of a batch of magic 2.
    mutating func choose(
        from batch: LegacyBatch, isPastHorizon: Bool, _ kept: inout KeptRecords
    ) throws(RecordFault) -> Int {
        var cursor = try LegacyCursor(batch)
        return try choose(from: &cursor, isControl: false, isPastHorizon: isPastHorizon, &kept)
    }

    private mutating func choose<Records: KeyedRecords & ~Copyable>(
        from cursor: inout Records, isControl: Bool, isPastHorizon: Bool, _ kept: inout KeptRecords
    ) throws(RecordFault) -> Int {
        kept.reset()
        pending.removeAll(keepingCapacity: true)
        var recordsWithoutKey = 0
        while try cursor.next() {
            let (offset, hasValue) = (cursor.offset, cursor.hasValue)
            guard !isControl && offset <= map.latestOffset else {
                choosePending(isPastHorizon, &kept)
                kept.add(true, hasValue: hasValue)
                continue
            }
            guard let key = cursor.key else {
                choosePending(isPastHorizon, &kept)
                recordsWithoutKey += 1
                kept.add(false, hasValue: hasValue)
                continue
            }
            if replaced.covers(offset) {
                choosePending(isPastHorizon, &kept)
                kept.add(!replaced.contains(offset) && (hasValue || !isPastHorizon), hasValue: hasValue)
            } else {
                collect(key, offset, hasValue: hasValue)
                if pending.count == PendingRecord.most { choosePending(isPastHorizon, &kept) }
            }
        }
        choosePending(isPastHorizon, &kept)
        return recordsWithoutKey
    }

    private mutating func choosePending(_ isPastHorizon: Bool, _ kept: inout KeptRecords) {
        guard !pending.isEmpty else { return }
        for record in pending {
            let isLast = record.offset >= map.offset(of: record.hash)
            kept.add(isLast && (record.hasValue || !isPastHorizon), hasValue: record.hasValue)
        }
        pending.removeAll(keepingCapacity: true)
    }
}

/// A record whose key is to be looked up.
private struct PendingRecord {
    /// So many are looked up together.
    static let most = 256

    let hash: KeyHash
    let offset: Int64
    let hasValue: Bool

    init(_ hash: KeyHash, _ offset: Int64, hasValue: Bool) {
        self.hash = hash
        self.offset = offset
        self.hasValue = hasValue
    }
}
