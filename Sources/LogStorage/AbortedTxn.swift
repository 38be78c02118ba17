// `.txnindex`: the aborted transactions whose markers are in the segment. Kafka: `TransactionIndex`, `AbortedTxn`.
//
//     entry, 34 bytes:   0  int16 version = 0
//                        2  int64 producer id
//                       10  int64 first offset of the transaction
//                       18  int64 last offset: that of the ABORT marker
//                       26  int64 last stable offset when the marker was written
//
// Sorted by last offset. The file is there only when it has an entry.

import Bytes

struct AbortedTxn: IndexEntry, Hashable {
    static var sizeBytes: Int { 34 }
    static var currentVersion: Int16 { 0 }

    var version: Int16 = currentVersion
    let producerId: Int64
    let firstOffset: Int64
    let lastOffset: Int64
    let lastStableOffset: Int64

    init(producerId: Int64, firstOffset: Int64, lastOffset: Int64, lastStableOffset: Int64) {
        self.producerId = producerId
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
        self.lastStableOffset = lastStableOffset
    }

    init(_ bytes: ByteSlice, at offset: Int) {
        self.init(
            producerId: bytes.load(at: offset + 2), firstOffset: bytes.load(at: offset + 10),
            lastOffset: bytes.load(at: offset + 18), lastStableOffset: bytes.load(at: offset + 26))
        version = bytes.load(at: offset)
    }

    func store(to bytes: ByteSlice, at offset: Int) {
        bytes.store(version, at: offset)
        bytes.store(producerId, at: offset + 2)
        bytes.store(firstOffset, at: offset + 10)
        bytes.store(lastOffset, at: offset + 18)
        bytes.store(lastStableOffset, at: offset + 26)
    }

    func follows(_ previous: AbortedTxn) -> Bool { lastOffset > previous.lastOffset }
}
