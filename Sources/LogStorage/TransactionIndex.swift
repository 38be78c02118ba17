// Searching a segment's aborted transactions.

import Bytes
import Files

typealias TransactionIndex = IndexFile<AbortedTxn>

extension TransactionIndex {
    /// The aborted transactions that overlap the offsets `fetchOffset ..< upperBoundOffset`, and whether the search is
    /// over; if not, it goes on in the next segment. Kafka: `TransactionIndex.collectAbortedTxns`.
    static func collect(
        from file: any OpenFile, fetchOffset: Int64, upperBoundOffset: Int64
    ) throws(FileError) -> (transactions: [AbortedTxn], isComplete: Bool) {
        let count = Int(clamping: try file.sizeBytes()) / Entry.sizeBytes
        var found: [AbortedTxn] = []
        var slot = try firstSlot(of: file, count: count) { $0.lastOffset >= fetchOffset }
        while slot < count {
            let block = try entries(of: file, from: slot, count: min(64, count - slot))
            if block.isEmpty { break }
            for entry in block {
                if entry.lastOffset >= fetchOffset && entry.firstOffset < upperBoundOffset { found.append(entry) }
                if entry.lastStableOffset >= upperBoundOffset { return (found, true) }
            }
            slot += block.count
        }
        return (found, false)
    }

    /// The entries before the first one that does not end before `offset`.
    static func countEnding(before offset: Int64, in file: any OpenFile) throws(FileError) -> Int {
        let count = Int(clamping: try file.sizeBytes()) / Entry.sizeBytes
        return try firstSlot(of: file, count: count) { $0.lastOffset >= offset }
    }

    /// What is wrong with the file, if anything. Kafka: `TransactionIndex.sanityCheck`.
    static func fault(in file: any OpenFile, baseOffset: Int64) throws(FileError) -> String? {
        let size = try file.sizeBytes()
        guard size % Int64(Entry.sizeBytes) == 0 else { return "size \(size) is not whole entries" }
        let count = Int(clamping: size) / Entry.sizeBytes
        var slot = 0
        var previous = Int64.min
        while slot < count {
            let block = try entries(of: file, from: slot, count: min(256, count - slot))
            if block.isEmpty { return "it cannot be read to its end" }
            for entry in block {
                guard entry.version == AbortedTxn.currentVersion else { return "unknown version \(entry.version)" }
                guard entry.lastOffset >= baseOffset, entry.lastOffset > previous, entry.firstOffset <= entry.lastOffset
                else { return "entry of producer \(entry.producerId) is out of order" }
                previous = entry.lastOffset
            }
            slot += block.count
        }
        return nil
    }

    private static func firstSlot(
        of file: any OpenFile, count: Int, _ isAfter: (AbortedTxn) -> Bool
    ) throws(FileError) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            guard let entry = try entries(of: file, from: middle, count: 1).first else { return count }
            if isAfter(entry) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
