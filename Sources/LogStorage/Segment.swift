// One segment of a log: a file of batches and its indexes.
//
// Who may do what: the log's writer (it holds the log's write lock) appends, rolls, truncates, closes. Anybody reads.
// What both touch is behind `state`, which is held for some loads and stores only, never across a read or write of a
// file.

import Bytes
import Files
import Records
import Synchronization

/// A segment. Kafka: `LogSegment`.
final class Segment: Sendable {
    let baseOffset: Int64
    let directory: PartitionDirectory
    /// The bytes of `.log` that hold whole batches.
    private let size: Atomic<Int>
    let state: Mutex<SegmentState>

    /// A segment whose files are on disk. `indexes`: `.empty` for a new one, `.unread` for one that was found.
    init(
        baseOffset: Int64, directory: PartitionDirectory, sizeBytes: Int, isNew: Bool, hasTransactionIndex: Bool,
        rollJitterMs: Int64
    ) {
        self.baseOffset = baseOffset
        self.directory = directory
        size = Atomic(sizeBytes)
        state = Mutex(
            SegmentState(
                offsetIndex: isNew ? .empty : .unread, timeIndex: isNew ? .empty : .unread,
                hasTransactionIndex: hasTransactionIndex, isSynced: !isNew, createdMs: directory.environment.now(),
                rollJitterMs: rollJitterMs))
    }

    var sizeBytes: Int { size.load(ordering: .acquiring) }

    /// The writer alone.
    func setSizeBytes(_ bytes: Int) { size.store(bytes, ordering: .releasing) }

    func path(_ kind: LogFileKind) -> String {
        let suffix = state.withLock { $0.suffix }
        return directory.path(of: LogFileName(offset: baseOffset, kind: kind, suffix: suffix))
    }

    /// Whether the segment's indexes can name `offset`, 32 bits above the base offset.
    func canHold(_ offset: Int64) -> Bool {
        let (relative, overflow) = offset.subtractingReportingOverflow(baseOffset)
        return !overflow && relative >= 0 && relative <= Int64(Int32.max)
    }

    /// `offset` as the indexes keep it.
    func relative(_ offset: Int64) -> Int32 { Int32(clamping: offset &- baseOffset) }

    // MARK: Open files

    /// The `.log` file for a lookup.
    func logFile(_ patience: LookupPatience) throws(FileError) -> any OpenFile {
        switch patience {
        case .waits: return try logFile()
        case .none:
            guard let file = state.withLock({ $0.logFile }) else { throw .notInMemory(path(.log)) }
            return FileInMemory(file)
        }
    }

    /// The `.index` file for a lookup; nil when it is not there.
    func offsetIndexFile(_ patience: LookupPatience) throws(FileError) -> (any OpenFile)? {
        switch patience {
        case .waits: return try indexFile(.offsetIndex)
        case .none:
            guard let file = state.withLock({ $0.offsetIndexFile }) else { throw .notInMemory(path(.offsetIndex)) }
            return FileInMemory(file)
        }
    }

    /// The `.log` file, opened when it is not.
    func logFile() throws(FileError) -> any OpenFile {
        if let file = state.withLock({ $0.logFile }) { return file }
        try directory.ensureMade()
        let file = try directory.fileSystem.open(path(.log), .readWrite)
        state.withLock { $0.logFile = file }
        directory.environment.openFiles.keep(file)
        return file
    }

    /// An index file for reading; nil when it is not there.
    func indexFile(_ kind: LogFileKind) throws(FileError) -> (any OpenFile)? {
        if kind == .offsetIndex, let file = state.withLock({ $0.offsetIndexFile }) { return file }
        do throws(FileError) {
            let file = try directory.fileSystem.open(path(kind), .readWrite)
            if kind == .offsetIndex {
                state.withLock { $0.offsetIndexFile = file }
                directory.environment.openFiles.keep(file)
            }
            return file
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    // MARK: Facts read when first needed

    /// Makes the numbers and last entries of both indexes known.
    func readIndexes() throws(FileError) {
        let isKnown = state.withLock { $0.offsetIndex.entriesOnDisk != nil && $0.timeIndex.entriesOnDisk != nil }
        if isKnown { return }
        let offsetIndex = try OffsetIndex.read(try indexFile(.offsetIndex))
        let timeIndex = try TimeIndex.read(try indexFile(.timeIndex))
        state.withLock { state in
            if state.offsetIndex.entriesOnDisk == nil { state.offsetIndex = offsetIndex }
            if state.timeIndex.entriesOnDisk == nil { state.timeIndex = timeIndex }
        }
    }

    /// The largest timestamp and the last offset of the batch that has it; (-1, base offset) when there is none. Read
    /// from the time index when first asked for, and compared with the batch: segments are deleted by it.
    func maxTimestamp() throws(FileError) -> TimestampOffset {
        let (known, generation) = state.withLock { ($0.maxTimestamp, $0.generation) }
        if let known { return known }
        try readIndexes()
        var found = TimestampOffset(timestampMs: -1, offset: baseOffset)
        if let last = state.withLock({ $0.timeIndex.last }) {
            if try isRight(last) {
                found = TimestampOffset(
                    timestampMs: last.timestampMs, offset: baseOffset + Int64(last.relativeOffset))
            } else {
                reportDamage(of: .timeIndex, generation: generation)
                found = try largestTimestamp(after: found, from: 0)
            }
        }
        return state.withLock { state in
            if state.maxTimestamp == nil { state.maxTimestamp = found }
            return state.maxTimestamp ?? found
        }
    }

    /// The larger of `known` and the largest timestamp of the batches from a place in the file on.
    func largestTimestamp(after known: TimestampOffset, from position: Int) throws(FileError) -> TimestampOffset {
        var scanner = BatchScanner(file: try logFile(), from: position, to: sizeBytes)
        var largest = known
        while let batch = try scanner.next() {
            guard batch.maxTimestamp > largest.timestampMs else { continue }
            largest = TimestampOffset(timestampMs: batch.maxTimestamp, offset: batch.lastOffset)
        }
        return largest
    }

    /// The time that retention goes by: the largest timestamp, or when there is none the file's own. Kafka:
    /// `LogSegment.largestTimestamp`.
    func largestTimestampMs() throws(FileError) -> Int64 {
        let largest = try maxTimestamp().timestampMs
        if largest >= 0 { return largest }
        return try directory.fileSystem.status(of: path(.log))?.modifiedMs ?? 0
    }

    /// The first batch's largest timestamp, from which `segment.ms` counts; nil in an empty segment.
    func firstBatchTimestamp() throws(FileError) -> Int64? {
        if let known = state.withLock({ $0.firstBatchTimestamp }) { return known }
        guard sizeBytes > 0 else { return nil }
        var scanner = BatchScanner(file: try logFile(), from: 0, to: sizeBytes)
        guard let first = try scanner.next() else { return nil }
        state.withLock { $0.firstBatchTimestamp = first.maxTimestamp }
        return first.maxTimestamp
    }
}

/// A timestamp, and the last offset of the batch that has it.
struct TimestampOffset: Hashable, Sendable {
    let timestampMs: Int64
    let offset: Int64
}

/// What changes in a segment, but for its size.
struct SegmentState: Sendable {
    var offsetIndex: OffsetIndex
    var timeIndex: TimeIndex
    /// Whether `.txnindex` is there.
    var hasTransactionIndex: Bool
    /// Whether the entries of `.txnindex` were held against their batches, or are of this process's making.
    var areTransactionsChecked: Bool
    /// nil until it is looked up in the time index.
    var maxTimestamp: TimestampOffset?
    var firstBatchTimestamp: Int64?
    var bytesSinceIndexEntry = 0
    var createdMs: Int64
    let rollJitterMs: Int64
    var suffix = LogFileSuffix.none
    /// Whether all files are on disk as they are; false of the active segment, and of what recovery went over.
    var isSynced: Bool
    /// How often what the indexes say was replaced, or cut back.
    var generation = 0
    /// An index does not agree with the batches; it is to be built anew.
    var isIndexDamaged = false
    /// It was said that the batches themselves are damaged.
    var isDamageSaid = false
    /// The batches appended last.
    var recent = RecentBatches()
    /// The batch that was looked for last: who looked whether it can be found without waiting looks for it next.
    var found: FoundBatch?
    /// Kept open by `OpenFilePool`, and by whoever reads.
    weak var logFile: (any OpenFile)?
    weak var offsetIndexFile: (any OpenFile)?

    init(
        offsetIndex: OffsetIndex, timeIndex: TimeIndex, hasTransactionIndex: Bool, isSynced: Bool, createdMs: Int64,
        rollJitterMs: Int64
    ) {
        self.offsetIndex = offsetIndex
        self.timeIndex = timeIndex
        self.hasTransactionIndex = hasTransactionIndex
        self.isSynced = isSynced
        areTransactionsChecked = !hasTransactionIndex
        self.createdMs = createdMs
        self.rollJitterMs = rollJitterMs
    }
}

/// Where a batch was found.
struct FoundBatch: Sendable {
    /// What was looked for.
    let offset: Int64
    let place: Range<Int>
    /// The segment's then.
    let generation: Int
}

/// Where the batches appended last begin: readers at the end of a log find their place without a system call.
struct RecentBatches: Sendable {
    private static let kept = 16
    private struct Start: Sendable {
        let baseOffset: Int64
        let position: Int
    }

    /// Ascending; the newest ends where the segment does. Takes memory with the first append only.
    private var starts: [Start] = []

    mutating func append(baseOffset: Int64, position: Int) {
        if starts.count == 2 * Self.kept { starts.removeFirst(Self.kept) }
        starts.append(Start(baseOffset: baseOffset, position: position))
    }

    mutating func removeAll() { starts = [] }

    /// Whether `find` says where `offset` is, if it is in the segment.
    func covers(_ offset: Int64) -> Bool { starts.first.map { $0.baseOffset <= offset } ?? false }

    /// Where the batch begins that holds `offset`, and where it ends; nil when it is not among the last ones.
    func find(_ offset: Int64, segmentEnd: Int) -> Range<Int>? {
        guard let first = starts.first, first.baseOffset <= offset,
            let slot = starts.lastIndex(where: { $0.baseOffset <= offset })
        else { return nil }
        let end = slot + 1 < starts.count ? starts[slot + 1].position : segmentEnd
        // The segment's size is published after the batch: a reader may see the batch before its bytes count.
        return end > starts[slot].position ? starts[slot].position..<end : nil
    }
}
