// The second pass: segments written anew without what was replaced.

import Bytes
import Files
import Records

extension Cleaner {
    /// The segments up to `end`, in groups of which each becomes one segment: as many as are together no larger than a
    /// segment may be. Kafka: `groupSegmentsBySize`.
    func groups(upTo end: Int64) throws(CleaningError) -> [ArraySlice<Segment>] {
        let segments = PartitionLog.slice(self.segments, from: 0, to: end)
        var groups: [ArraySlice<Segment>] = []
        var first = segments.startIndex
        while first < segments.endIndex {
            var total = try GroupSize(segments[first])
            var next = first + 1
            while next < segments.endIndex {
                let size = try GroupSize(segments[next])
                let end = next + 1 < segments.endIndex ? segments[next + 1].baseOffset : plan.firstUncleanableOffset
                guard total.adding(size).fits(config),
                    size.log == 0 || end - 1 - segments[first].baseOffset <= Int64(Int32.max)
                else { break }
                total = total.adding(size)
                next += 1
            }
            groups.append(segments[first..<next])
            first = next
        }
        return groups
    }

    /// What counts for a group: the bytes of its logs, and of both kinds of indexes.
    private struct GroupSize {
        var log: Int
        var offsetIndex: Int
        var timeIndex: Int

        init(_ segment: Segment) throws(CleaningError) {
            do throws(FileError) { try segment.readIndexes() } catch { throw .storage(error) }
            log = segment.sizeBytes
            (offsetIndex, timeIndex) = segment.state.withLock { ($0.offsetIndex.sizeBytes, $0.timeIndex.sizeBytes) }
        }

        func adding(_ other: GroupSize) -> GroupSize {
            var sum = self
            sum.log += other.log
            sum.offsetIndex += other.offsetIndex
            sum.timeIndex += other.timeIndex
            return sum
        }

        func fits(_ config: LogConfig) -> Bool {
            log <= config.segmentSizeBytes && max(offsetIndex, timeIndex) <= config.segmentIndexSizeBytes
        }
    }

    /// Writes the segments that the groups become, and puts each in its group's place: one is synced and takes its
    /// place while the next is written.
    func clean(_ groups: [ArraySlice<Segment>]) throws(CleaningError) {
        if groups.isEmpty { return }
        var former: WorkAside? = syncWhatReplaces()
        do throws(CleaningError) {
            for group in groups {
                let new = try recopy(group)
                do throws(CleaningError) { try former?.wait() } catch {
                    former = nil
                    new.removeFiles()
                    throw error
                }
                former = WorkAside(threads: log.environment.parallelism) { [log] () throws(CleaningError) in
                    do throws(FileError) {
                        try new.syncAll(threads: log.environment.parallelism)
                    } catch {
                        new.removeFiles()
                        throw .storage(error)
                    }
                    try log.replace(Array(group), with: new)
                }
            }
        } catch {
            // What was under way is over when this returns; the failure that came first is the one to tell.
            try former?.wait()
            throw error
        }
        try former?.wait()
    }

    /// Writes the segment that a group becomes: files that are not synced.
    private func recopy(_ group: ArraySlice<Segment>) throws(CleaningError) -> Segment {
        let rules = CleaningRules(
            nowMs: nowMs, deleteRetentionMs: config.deleteRetentionMs, endOffset: plan.firstUncleanableOffset,
            producers: log.lastOfProducers())
        let target: CleanedSegment
        do throws(FileError) {
            target = try CleanedSegment(
                baseOffset: group[group.startIndex].baseOffset, in: log.directory, config: config, buffer: writeBuffer,
                throttle: throttle)
        } catch {
            throw .storage(error)
        }
        do throws(CleaningError) {
            for slot in group.indices {
                try recopy(
                    group[slot], endsAt: slot + 1 < group.endIndex ? group[slot + 1].baseOffset : nil, rules, target)
            }
            // As Kafka does: what has no timestamps is deleted by the time of its file.
            try target.finish(modifiedMs: try modifiedMs(of: group[group.endIndex - 1]))
        } catch {
            target.discard()
            throw error
        }
        stats.bytesWritten += Int64(target.sizeBytes)
        return target.segment
    }

    private func recopy(
        _ segment: Segment, endsAt end: Int64?, _ rules: CleaningRules, _ target: CleanedSegment
    ) throws(CleaningError) {
        if log.isClosed { throw .cancelled }
        let upperBound: Int64
        do throws(FileError) {
            if let end { upperBound = end } else { upperBound = try segment.readNextOffset() }
        } catch {
            throw .storage(error)
        }
        transactions.add(try abortedTransactions(from: segment.baseOffset, to: upperBound))
        var batches = try open(segment, from: segment.baseOffset)
        var keepsTombstones: Bool?
        while let header = try batches.header() {
            switch header {
            case .current(let header): try recopy(header, of: segment, &batches, rules, target)
            case .legacy(let sizeBytes):
                let keeps: Bool
                if let known = keepsTombstones { keeps = known } else { keeps = try self.keepsTombstones(of: segment) }
                keepsTombstones = keeps
                batches.nextReadBytes = readBuffer.capacityBytes
                let batch = try batches.takeLegacy(sizeBytes: sizeBytes)
                let left: RecordBatch?
                do throws(RecordFault) { left = try reduce(batch, keepsTombstones: keeps, rules) } catch {
                    throw .damaged(at: batch.lastOffset, in: segment, error.description)
                }
                if let left { try append(left, of: segment, to: target) }
            }
        }
    }

    /// Copies what is left of the next batch, which has `header`.
    private func recopy(
        _ header: RecordBatchHeader, of segment: Segment, _ batches: inout CleaningBatches, _ rules: CleaningRules,
        _ target: CleanedSegment
    ) throws(CleaningError) {
        if !batches.isInMemory(behind: header) { batches.nextReadBytes = readBytes(after: header) }
        if isReplaced(header, rules) {
            stats.recordsRead += Int(max(0, header.recordCount))
            stats.bytesRead += Int64(header.sizeBytes)
            batches.skip(header)
            return
        }
        let batch = try batches.take(header)
        let reduced: Reduced
        do throws(RecordFault) { reduced = try reduce(batch, rules) } catch {
            throw .damaged(at: batch.lastOffset, in: segment, error.description)
        }
        if let transaction = reduced.abortedTransaction { try target.append(transaction) }
        if let left = reduced.batch { try append(left, of: segment, to: target) }
    }

    private func append(
        _ batch: RecordBatch, of segment: Segment, to target: CleanedSegment
    ) throws(CleaningError) {
        guard target.canHold(batch) else {
            throw .damaged(at: batch.lastOffset, in: segment, "it is beyond what a segment can hold")
        }
        try target.append(batch)
    }

    /// Whether nothing of the batch stays, which the first pass has seen to: it read it as it is and found a later
    /// record for each of its offsets.
    private func isReplaced(_ header: RecordBatchHeader, _ rules: CleaningRules) -> Bool {
        !header.isControl && !header.isTransactional
            && keys.replaced.containsAll(header.baseOffset, through: header.lastOffset) && !rules.mustKeep(header)
    }

    /// How much is to be read behind the batch at once, if batches there are like it: those of which something stays,
    /// or of one of which nothing does the header alone.
    private func readBytes(after header: RecordBatchHeader) -> Int {
        let (offsets, size) = (Int64(header.lastOffsetDelta) + 1, header.sizeBytes)
        var (first, bytes) = (header.nextOffset, 0)
        guard offsets > 0, keys.replaced.covers(first) else { return readBuffer.capacityBytes }
        while bytes < readBuffer.capacityBytes, !keys.replaced.containsAll(first, through: first &+ (offsets - 1)) {
            first &+= offsets
            bytes += size
        }
        return bytes == 0 && size < CleaningBatches.leastBytes ? CleaningBatches.leastBytes : bytes
    }

    /// What is left of a batch.
    private struct Reduced {
        /// nil: nothing.
        var batch: RecordBatch?
        /// The aborted transaction that the batch ends and that the index still has to name.
        var abortedTransaction: AbortedTxn?
    }

    private func reduce(_ batch: RecordBatch, _ rules: CleaningRules) throws(RecordFault) -> Reduced {
        stats.recordsRead += Int(max(0, batch.recordCount))
        stats.bytesRead += Int64(batch.sizeBytes)
        var abortedTransaction: AbortedTxn?
        // Aborted data; or a marker of a transaction of which nothing is left.
        let isObsolete: Bool
        if batch.isControl {
            (isObsolete, abortedTransaction) = try transactions.take(control: batch)
        } else {
            isObsolete = transactions.take(batch)
        }
        let mustKeep = rules.mustKeep(batch)
        let isDropped = isObsolete && (!batch.isControl || rules.isPastHorizon(batch))
        if isDropped {
            return Reduced(batch: mustKeep ? batch.emptied() : nil, abortedTransaction: abortedTransaction)
        }
        stats.recordsWithoutKey += try keys.choose(
            from: batch, isPastHorizon: rules.isPastHorizon(batch), &kept)
        stats.recordsKept += kept.kept
        var left: RecordBatch?
        if kept.kept > 0 {
            let needsHorizon = (kept.hasTombstone || (batch.isControl && isObsolete)) && !batch.hasDeleteHorizon
            if kept.kept == kept.count && !needsHorizon {
                left = batch
            } else {
                let horizonMs = needsHorizon ? rules.nowMs &+ rules.deleteRetentionMs : nil
                left = try batch.keeping(deleteHorizonMs: horizonMs) { kept.contains($0) }
            }
        } else if mustKeep {
            left = batch.emptied()
        }
        return Reduced(batch: left, abortedTransaction: abortedTransaction)
    }
}

extension PartitionLog {
    /// What has to stay of each active producer. Kafka: `lastRecordsOfActiveProducers`.
    fileprivate func lastOfProducers() -> [Int64: CleaningRules.LastOfProducer] {
        writer.withLock { writer in
            writer.producers.byId.mapValues {
                CleaningRules.LastOfProducer(lastDataOffset: $0.lastBatch?.lastOffset, epoch: $0.epoch)
            }
        }
    }
}
