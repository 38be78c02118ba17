// Finding out what the producers' state was at an offset: the newest snapshot before it, and the batches since.
// Kafka: `UnifiedLog.rebuildProducerState`, `ProducerStateManager.truncateAndReload`.

import Bytes
import Files
import Records

/// Loads the state of a log's producers.
struct ProducerStateLoader {
    let directory: PartitionDirectory
    let partition: TopicPartition
    /// By base offset.
    let segments: [Segment]
    /// The offsets of the snapshots on disk.
    let snapshots: [Int64]

    /// The state as of `endOffset`. A damaged snapshot is passed over, for an older one and more batches.
    func load(logStartOffset: Int64, endOffset: Int64) throws(FileError) -> ProducerStates {
        var states = ProducerStates()
        states.reset(to: logStartOffset)
        for offset in snapshots.reversed() where offset > logStartOffset && offset <= endOffset {
            if let loaded = try read(offset) {
                for state in loaded { states.load(state) }
                states.endOffset = offset
                states.snapshotOffset = offset
                break
            }
        }
        try replay(into: &states, to: endOffset)
        // Of a producer that was silent too long the batches tell as little as a snapshot.
        let environment = directory.environment
        states.removeExpired(nowMs: environment.now(), afterMs: environment.producerIdExpirationMs)
        states.endOffset = endOffset
        return states
    }

    /// A snapshot's entries, but for producers that were silent too long; nil when it is damaged.
    private func read(_ offset: Int64) throws(FileError) -> [ProducerState]? {
        let path = directory.path(of: LogFileName(offset: offset, kind: .producerSnapshot))
        let environment = directory.environment
        let bytes = try directory.fileSystem.contents(of: path)
        do throws(ProducerStateSnapshot.Damage) {
            let nowMs = environment.now()
            return try ProducerStateSnapshot.decode(bytes).filter {
                !$0.isExpired(nowMs: nowMs, afterMs: environment.producerIdExpirationMs)
            }
        } catch {
            environment.observe(.warning("\(path) is damaged (\(error.reason)); going on without it"))
            return nil
        }
    }

    /// Takes in the batches from the state's end to `endOffset`.
    private func replay(into states: inout ProducerStates, to endOffset: Int64) throws(FileError) {
        let from = states.endOffset
        guard from < endOffset else { return }
        for slot in (LogView.floor(from, in: segments) ?? 0)..<segments.count {
            let segment = segments[slot]
            if segment.baseOffset >= endOffset { break }
            guard let first = try segment.findBatch(max(from, segment.baseOffset), limit: segment.sizeBytes) else {
                continue
            }
            var scanner = BatchScanner(file: try segment.logFile(), from: first.position, to: segment.sizeBytes)
            while let batch = try scanner.next(), batch.header.baseOffset < endOffset {
                if let ended = try take(batch, of: segment, into: &states) { states.complete(ended) }
            }
        }
    }

    /// Takes in one batch, as a copy takes it: nothing is refused. Gives back the transaction it ended; nil for a
    /// marker that cannot be read, too.
    func take(
        _ batch: BatchPosition, of segment: Segment, into states: inout ProducerStates
    ) throws(FileError) -> CompletedTransaction? {
        let header = batch.header
        guard !batch.isLegacy, header.hasProducerId else { return nil }
        let control = header.isControl ? try controlBatch(batch, of: segment) : nil
        var update = ProducerUpdate(origin: .replication, partition: partition)
        do throws(LogError) {
            try update.add(
                header,
                end: { () throws(LogError) in
                    guard let control else {
                        throw .refused(.invalidRecord, "Control batch at offset \(header.baseOffset) is too large")
                    }
                    return try TransactionEnd(control)
                },
                firstOffset: header.baseOffset, lastOffset: header.lastOffset, producers: states)
        } catch {
            directory.environment.observe(.warning("\(partition): \(error.message)"))
            return nil
        }
        for producer in update.producers { states.update(producer) }
        return update.completed.first
    }

    /// A control batch; nil when it is larger than a marker can be, or damaged.
    func controlBatch(_ batch: BatchPosition, of segment: Segment) throws(FileError) -> RecordBatch? {
        guard batch.sizeBytes <= 4096 else { return nil }
        var batches = RecordBatches(
            bytes: try segment.logFile().read(count: batch.sizeBytes, at: Int64(batch.position)))
        do throws(RecordBatchError) { return try batches.next() } catch { return nil }
    }
}
