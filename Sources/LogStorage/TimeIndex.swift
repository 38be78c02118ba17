// `.timeindex`: from a timestamp to an offset. Kafka: `TimeIndex`.
//
//     entry, 12 bytes:  int64 timestamp, the largest up to there     ms
//                       int32 offset - base offset of the segment    the last offset of the batch that has it
//
// Every record with a larger timestamp comes after the offset. An entry is added along with one of the offset index
// when the largest timestamp grew, and once more when the segment is rolled or closed.

import Bytes

struct TimeIndexEntry: IndexEntry, Hashable {
    static var sizeBytes: Int { 12 }

    let timestampMs: Int64
    let relativeOffset: Int32

    init(timestampMs: Int64, relativeOffset: Int32) {
        self.timestampMs = timestampMs
        self.relativeOffset = relativeOffset
    }

    init(_ bytes: ByteSlice, at offset: Int) {
        self.init(timestampMs: bytes.load(at: offset), relativeOffset: bytes.load(at: offset + 8))
    }

    func store(to bytes: ByteSlice, at offset: Int) {
        bytes.store(timestampMs, at: offset)
        bytes.store(relativeOffset, at: offset + 8)
    }

    func follows(_ previous: TimeIndexEntry) -> Bool {
        timestampMs > previous.timestampMs && relativeOffset >= previous.relativeOffset
    }
}

typealias TimeIndex = IndexFile<TimeIndexEntry>

extension TimeIndex {
    /// How many entries `segment.index.bytes` allows, less the one that is kept free for the roll.
    static func maxEntries(_ config: LogConfig) -> Int { max(1, config.segmentIndexSizeBytes / Entry.sizeBytes - 1) }

    /// Adds an entry when `timestampMs` is larger than the last one's.
    mutating func appendIfLarger(_ timestampMs: Int64, relativeOffset: Int32) {
        let known = last ?? TimeIndexEntry(timestampMs: -1, relativeOffset: 0)
        guard timestampMs > known.timestampMs, relativeOffset >= known.relativeOffset else { return }
        append(TimeIndexEntry(timestampMs: timestampMs, relativeOffset: relativeOffset))
    }
}
