// Transaction indexes held against the transactions in the batches, segment after segment.

import Files
import Records

/// Follows the transactions of a log from its first batch on. Memory: one entry an open transaction, and one an aborted
/// one of the segment at hand.
struct TransactionCheck {
    /// First offsets, by producer.
    private var open: [Int64: Int64] = [:]
    /// What the index of the segment at hand should say.
    private var expected: [AbortedTxn] = []
    private var end: Int64
    /// Whether all transactions are known with their first offsets: from the log's first batch on none is missing, as
    /// after a cleaning, and those that were open before it are in a snapshot.
    private var isExact: Bool

    /// `producers`: those before the log's first batch; nil when they are not known.
    init(startOffset: Int64, producers: [ProducerState]?) {
        end = startOffset
        isExact = producers != nil
        for producer in producers ?? [] where producer.hasOpenTransaction {
            open[producer.producerId] = producer.currentTransactionFirstOffset
        }
    }

    mutating func pass(_ batch: BatchPosition, in file: any OpenFile) throws(FileError) {
        if batch.header.baseOffset != end { isExact = false }
        end = batch.lastOffset &+ 1
        let header = batch.header
        guard !batch.isLegacy, header.hasProducerId else { return }
        guard header.isControl else {
            if header.isTransactional && open[header.producerId] == nil { open[header.producerId] = header.baseOffset }
            return
        }
        guard let first = open[header.producerId], let marker = try marker(batch, file) else { return }
        open[header.producerId] = nil
        if marker.isCommit { return }
        expected.append(
            AbortedTxn(
                producerId: header.producerId, firstOffset: first, lastOffset: header.lastOffset,
                lastStableOffset: open.values.min() ?? header.lastOffset &+ 1))
    }

    /// The rest of the segment at hand cannot be read.
    mutating func giveUpSegment() {
        expected = []
        isExact = false
    }

    private func marker(_ batch: BatchPosition, _ file: any OpenFile) throws(FileError) -> EndTransactionMarker? {
        guard batch.sizeBytes <= 4096,
            let control = RecordBatch(try file.read(count: batch.sizeBytes, at: Int64(batch.position)))
        else { return nil }
        return (try? TransactionEnd(control))?.marker
    }

    /// What is wrong with the index of the segment that was passed; nil when nothing is. `index`: nil when there is
    /// none. Begins the next segment.
    mutating func finish(_ index: (any OpenFile)?) throws(FileError) -> String? {
        defer { expected = [] }
        var entries = try IndexEntries<AbortedTxn>(index)
        var wanted = expected[...]
        while let entry = entries.current() {
            entries.advance()
            if !isExact, let first = wanted.first, first.lastOffset < entry.lastOffset {
                return
                    "it does not have the aborted transaction of producer \(first.producerId) up to \(first.lastOffset)"
            }
            guard let first = wanted.first, first.lastOffset == entry.lastOffset else {
                // Of a transaction whose records were all cleaned away there is the entry alone.
                if !isExact { continue }
                return "entry \(entries.slot - 1) names a transaction of producer \(entry.producerId) up to "
                    + "\(entry.lastOffset) that was not aborted there"
            }
            wanted = wanted.dropFirst()
            let isRight =
                isExact
                ? entry == first : entry.producerId == first.producerId && entry.firstOffset <= first.firstOffset
            if !isRight {
                return "entry \(entries.slot - 1) says \(entry.words), and the batches \(first.words)"
            }
        }
        return wanted.first.map {
            "it does not have the aborted transaction of producer \($0.producerId) up to \($0.lastOffset)"
        }
    }
}

extension AbortedTxn {
    fileprivate var words: String {
        "producer \(producerId), offsets \(firstOffset) to \(lastOffset), stable up to \(lastStableOffset)"
    }
}
