// `.index`: from an offset to the place of a batch near it. Kafka: `OffsetIndex`.
//
//     entry, 8 bytes:  int32 offset - base offset of the segment     the last offset of what was appended there
//                      int32 position in the .log file               where it begins
//
// An entry is added when an append comes more than index.interval.bytes after the last entry; offsets and positions
// grow.

import Bytes

struct OffsetIndexEntry: IndexEntry, Hashable {
    static var sizeBytes: Int { 8 }

    let relativeOffset: Int32
    let position: Int32

    init(relativeOffset: Int32, position: Int32) {
        self.relativeOffset = relativeOffset
        self.position = position
    }

    init(_ bytes: ByteSlice, at offset: Int) {
        self.init(relativeOffset: bytes.load(at: offset), position: bytes.load(at: offset + 4))
    }

    func store(to bytes: ByteSlice, at offset: Int) {
        bytes.store(relativeOffset, at: offset)
        bytes.store(position, at: offset + 4)
    }

    func follows(_ previous: OffsetIndexEntry) -> Bool {
        relativeOffset > previous.relativeOffset && position > previous.position
    }
}

typealias OffsetIndex = IndexFile<OffsetIndexEntry>

extension OffsetIndex {
    /// How many entries `segment.index.bytes` allows; at least one, so that a segment can take a batch at all.
    static func maxEntries(_ config: LogConfig) -> Int { max(1, config.segmentIndexSizeBytes / Entry.sizeBytes) }
}
