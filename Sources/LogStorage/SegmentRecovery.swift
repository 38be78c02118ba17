// Making a segment sound after an unclean stop: every batch is checked, the first bad one and all after it are cut off,
// and the indexes are built anew. Kafka: `LogSegment.recover`.

import Bytes
import Files
import Records

/// Goes through one segment from its beginning.
///
/// A batch is good when its length is whole and its CRC right, and when its offsets come after those before it. Memory
/// is bounded, whatever lengths the file claims: the CRC is taken in pieces.
struct SegmentRecovery {
    private static let pieceBytes = 1 << 20

    let segment: Segment
    let config: LogConfig
    let loader: ProducerStateLoader
    var progress: RecoveryProgress?

    /// Checks and rebuilds. `producers` and `epochs` are those of the segment's beginning, and are then those of its
    /// end. Gives back the bytes cut off.
    func run(
        producers: inout ProducerStates, epochs: inout LeaderEpochCache
    ) throws(FileError) -> (truncatedBytes: Int, nextOffset: Int64) {
        let file = try segment.logFile()
        let size = Int(clamping: try file.sizeBytes())
        try resetIndexes()
        var pass = Pass(
            buffer: ByteStorage(capacityBytes: Self.pieceBytes), nextOffset: segment.baseOffset,
            indexer: BatchIndexer(baseOffset: segment.baseOffset, intervalBytes: config.indexIntervalBytes))
        var scanner = BatchScanner(file: file, from: 0, to: min(size, Int(Int32.max)))
        while let batch = try scanner.next() {
            guard batch.header.baseOffset >= pass.nextOffset, batch.lastOffset >= batch.header.baseOffset,
                segment.canHold(batch.lastOffset), batch.lastOffset < Int64.max,
                try isIntact(batch, in: file, buffer: pass.buffer)
            else { break }
            progress?.didRead(batch.sizeBytes)
            segment.setSizeBytes(batch.end)
            try index(batch, &pass)
            if !batch.isLegacy { _ = epochs.assignIfNewer(batch.header) }
            if let ended = try loader.take(batch, of: segment, into: &producers) {
                try finish(ended, &producers)
            }
            pass.nextOffset = batch.lastOffset + 1
            pass.validBytes = batch.end
            producers.endOffset = pass.nextOffset
        }
        if size > pass.validBytes {
            // Said before it is done: should this start be broken off, the next one finds nothing amiss.
            segment.directory.environment.observe(
                .warning(
                    "\(segment.path(.log)): \(size - pass.validBytes) bytes after the first bad batch are cut off; the "
                        + "segment ends at offset \(pass.nextOffset)"))
            try file.truncate(to: Int64(pass.validBytes))
        }
        segment.setSizeBytes(pass.validBytes)
        try segment.finish()
        return (size - pass.validBytes, pass.nextOffset)
    }

    /// What a pass over a segment carries along.
    private struct Pass {
        let buffer: ByteStorage
        var nextOffset: Int64
        var validBytes = 0
        var indexer: BatchIndexer
    }

    private func resetIndexes() throws(FileError) {
        for kind in [LogFileKind.offsetIndex, .timeIndex] {
            _ = try segment.directory.fileSystem.open(segment.path(kind), .truncate)
        }
        if segment.state.withLock({ $0.hasTransactionIndex }) {
            _ = try segment.directory.fileSystem.open(segment.path(.transactionIndex), .truncate)
        }
        segment.setSizeBytes(0)
        segment.state.withLock { state in
            state.offsetIndex = .empty
            state.timeIndex = .empty
            state.recent.removeAll()
            state.isSynced = false
            state.generation += 1
            state.isIndexDamaged = false
            state.areTransactionsChecked = true
            state.firstBatchTimestamp = nil
            state.maxTimestamp = TimestampOffset(timestampMs: -1, offset: segment.baseOffset)
        }
    }

    private func index(_ batch: BatchPosition, _ pass: inout Pass) throws(FileError) {
        let due = pass.indexer.entry(at: batch)
        let largest = pass.indexer.largest
        let mustWrite = segment.state.withLock { state in
            if batch.position == 0 { state.firstBatchTimestamp = batch.maxTimestamp }
            if largest.timestampMs >= 0 { state.maxTimestamp = largest }
            if let due {
                state.offsetIndex.append(due)
                state.timeIndex.appendIfLarger(
                    largest.timestampMs, relativeOffset: segment.relative(largest.offset))
            }
            return state.offsetIndex.buffered.count >= OffsetIndex.bufferedEntries
        }
        if mustWrite { try segment.writeIndexes() }
    }

    private func finish(_ ended: CompletedTransaction, _ producers: inout ProducerStates) throws(FileError) {
        if ended.isAborted {
            try segment.append(
                AbortedTxn(
                    producerId: ended.producerId, firstOffset: ended.firstOffset, lastOffset: ended.lastOffset,
                    lastStableOffset: producers.lastStableOffset(after: ended)))
        }
        producers.complete(ended)
    }

    private func isIntact(
        _ batch: BatchPosition, in file: any OpenFile, buffer: ByteStorage
    ) throws(FileError) -> Bool {
        // What the CRC covers, by format: magic 2 from the attributes on, older ones from the magic on.
        let start = batch.position + (batch.isLegacy ? RecordBatchLayout.magic : RecordBatchLayout.attributes)
        var at = start
        var castagnoli: UInt32 = 0
        var legacy = LegacyCrc()
        while at < batch.end {
            let count = min(buffer.capacityBytes, batch.end - at)
            let piece = UnsafeMutableRawBufferPointer(start: buffer.base, count: count)
            guard try file.read(into: piece, at: Int64(at)) == count else { return false }
            if batch.isLegacy {
                legacy.update(UnsafeRawBufferPointer(piece))
            } else {
                castagnoli = Crc32C.checksum(UnsafeRawBufferPointer(piece), continuing: castagnoli)
            }
            at += count
        }
        return batch.isLegacy ? legacy.value == batch.legacyCrc : castagnoli == batch.header.crc
    }
}

extension LeaderEpochCache {
    /// What a batch says of its epoch, when that is newer than all known.
    mutating func assignIfNewer(_ header: RecordBatchHeader) -> Bool {
        guard header.partitionLeaderEpoch >= 0, header.partitionLeaderEpoch > latest?.epoch ?? -1 else { return false }
        return assign(header.partitionLeaderEpoch, startOffset: header.baseOffset)
    }
}
