// The aborted transactions of what is read, from the segments' transaction indexes. A clean start believes those; so
// the first read of each holds its entries against the batches, and one that does not agree is built anew before
// anybody is told of it: a reader could take an aborted record for a committed one.

import Bytes
import Files
import Records
import Synchronization

extension PartitionLog {
    /// The aborted transactions that overlap the range from `offset` to a place in a segment. Kafka:
    /// `LocalLog.addAbortedTransactions`.
    func abortedTransactions(
        from offset: Int64, in snapshot: ReadSnapshot, slot: Int, upToPosition end: Int
    ) throws(FileError) -> [AbortedTransaction] {
        let segments = snapshot.segments
        let next = slot + 1 < segments.count ? segments[slot + 1].baseOffset : snapshot.offsets.logEndOffset
        // An upper bound is looked up only when there is something to bound.
        var upperBound: Int64 = -1
        var found: [AbortedTransaction] = []
        for segment in segments[slot...] where segment.state.withLock({ $0.hasTransactionIndex }) {
            try checkTransactions(of: segment, in: segments)
            if upperBound < 0 { upperBound = try segments[slot].upperBoundOffset(ofPosition: end) ?? next }
            let (transactions, isComplete) = try segment.abortedTransactions(from: offset, to: upperBound)
            found += transactions.map { AbortedTransaction(producerId: $0.producerId, firstOffset: $0.firstOffset) }
            if isComplete { break }
        }
        return found
    }

    /// Sees to it that the transaction index of `segment`, one of `segments`, can be believed.
    private func checkTransactions(of segment: Segment, in segments: [Segment]) throws(FileError) {
        if segment.state.withLock({ $0.areTransactionsChecked }) { return }
        let loader = ProducerStateLoader(
            directory: directory, partition: topicPartition, segments: segments,
            snapshots: writer.withLock { $0.snapshotOffsets })
        if let fault = try transactionFault(of: segment, loader) {
            environment.observe(.warning("\(segment.path(.transactionIndex)): \(fault); it is built anew"))
            try mendTransactions(of: segment, loader)
        }
        segment.state.withLock { $0.areTransactionsChecked = true }
    }

    /// What an entry says that its batches do not; nil when all agree.
    private func transactionFault(of segment: Segment, _ loader: ProducerStateLoader) throws(FileError) -> String? {
        guard let file = try segment.indexFile(.transactionIndex) else { return nil }
        let count = Int(clamping: try file.sizeBytes()) / AbortedTxn.sizeBytes
        var slot = 0
        while slot < count {
            let block = try TransactionIndex.entries(of: file, from: slot, count: min(256, count - slot))
            if block.isEmpty { return nil }
            for entry in block {
                var isSound = entry.lastStableOffset <= entry.lastOffset &+ 1
                if isSound { isSound = try hasMarker(entry, in: segment, loader) }
                if isSound { isSound = try hasBeginning(entry, loader) }
                if !isSound { return "its entry of producer \(entry.producerId) does not agree with the batches" }
            }
            slot += block.count
        }
        return nil
    }

    /// Whether the batch at the entry's last offset is an ABORT marker of its producer.
    private func hasMarker(
        _ entry: AbortedTxn, in segment: Segment, _ loader: ProducerStateLoader
    ) throws(FileError) -> Bool {
        guard let batch = try segment.findBatch(entry.lastOffset, limit: segment.sizeBytes), !batch.isLegacy,
            batch.lastOffset == entry.lastOffset, batch.header.isControl, batch.header.producerId == entry.producerId
        else { return false }
        // One that cannot be opened, or is empty since a cleaning, says nothing.
        guard let control = try loader.controlBatch(batch, of: segment), let end = try? TransactionEnd(control) else {
            return true
        }
        return !end.marker.isCommit
    }

    /// Whether the entry's first offset begins a batch of a transaction of its producer, if there is still a batch.
    private func hasBeginning(_ entry: AbortedTxn, _ loader: ProducerStateLoader) throws(FileError) -> Bool {
        guard entry.firstOffset >= 0 else { return false }
        guard let slot = LogView.floor(entry.firstOffset, in: loader.segments) else { return true }
        let segment = loader.segments[slot]
        guard let batch = try segment.findBatch(entry.firstOffset, limit: segment.sizeBytes),
            batch.header.baseOffset <= entry.firstOffset
        else { return true }
        return batch.header.baseOffset == entry.firstOffset && !batch.isLegacy && batch.header.isTransactional
            && !batch.header.isControl && batch.header.producerId == entry.producerId
    }

    /// Builds a segment's transaction index anew. Appends go on meanwhile; what came last, and the writing, happens
    /// under the log's locks.
    private func mendTransactions(of segment: Segment, _ loader: ProducerStateLoader) throws(FileError) {
        let generation = segment.state.withLock { $0.generation }
        var rebuild = TransactionRebuild(
            segment: segment, loader: loader,
            producers: try loader.load(
                logStartOffset: min(logStartOffset, segment.baseOffset), endOffset: segment.baseOffset))
        _ = try rebuild.run(to: segment.sizeBytes)
        _ = try replacing(indexesOf: segment, since: generation) { () throws(FileError) in
            guard try rebuild.run(to: segment.sizeBytes) else {
                environment.observe(
                    .warning(
                        "\(segment.path(.log)) cannot be gone over beyond byte \(rebuild.position); its transaction "
                            + "index stays as it is"))
                return false
            }
            try segment.replaceTransactions(rebuild.aborted)
            return true
        }
    }
}

/// Makes the entries of a segment's transaction index from its batches. Only headers and markers are read.
struct TransactionRebuild {
    let segment: Segment
    let loader: ProducerStateLoader
    /// As of the segment's beginning, then of `position`.
    var producers: ProducerStates
    private(set) var aborted = TransactionIndex.empty
    private(set) var position = 0

    /// Goes on to the byte `end`; says whether it came there.
    mutating func run(to end: Int) throws(FileError) -> Bool {
        guard end > position else { return end == position }
        var scanner = BatchScanner(file: try segment.logFile(), from: position, to: end)
        while let batch = try scanner.next() {
            if let ended = try loader.take(batch, of: segment, into: &producers) {
                if ended.isAborted {
                    aborted.append(
                        AbortedTxn(
                            producerId: ended.producerId, firstOffset: ended.firstOffset, lastOffset: ended.lastOffset,
                            lastStableOffset: producers.lastStableOffset(after: ended)))
                }
                producers.complete(ended)
            }
            position = batch.end
        }
        return position == end
    }

    init(segment: Segment, loader: ProducerStateLoader, producers: ProducerStates) {
        self.segment = segment
        self.loader = loader
        self.producers = producers
    }
}

extension Segment {
    /// Puts new entries in the place of the transaction index's, without a sync. The lock that keeps others from
    /// appending and from renaming the files is held.
    func replaceTransactions(_ aborted: TransactionIndex) throws(FileError) {
        if aborted.count == 0 {
            state.withLock { $0.hasTransactionIndex = false }
            try directory.fileSystem.removeFileIfPresent(path(.transactionIndex))
            return
        }
        let file = try directory.fileSystem.open(path(.transactionIndex), .create)
        try file.write(aborted.unwritten().bytes, at: 0)
        try file.truncate(to: Int64(aborted.sizeBytes))
        state.withLock { $0.isSynced = false }
    }
}
