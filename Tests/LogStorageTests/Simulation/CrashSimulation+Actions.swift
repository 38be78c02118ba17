// What may happen in a life of a log directory.

import Bytes
import Files
import KafkaWire
import Records
import Testing

@testable import LogStorage

extension CrashSimulation {
    /// One thing, by chance.
    func act() throws {
        guard let registry else { return }
        let partition = partitions[random.below(partitions.count)]
        do {
            guard let log = registry.log(partition) else { return try create(partition, registry) }
            switch random.below(25) {
            case 0: try roll(log)
            case 1: try flush(log, partition)
            case 2: try deleteRecords(log, partition)
            case 3: try deleteOldSegments(log, partition)
            case 4: place.nowMs += Int64(random.below(800))
            case 5...7: runJob(worker, "worker")
            case 8...9: runJob(committer, "committer")
            case 10: try endTransaction(log, partition)
            case 11...13: try clean(registry)
            case 14: try rarely(partition, registry)
            default: try append(log, partition)
            }
        } catch let error as LogError where isOver || damaged.contains(partition) {
            note("  failed: \(error.message)")
        }
        noteAcknowledged()
    }

    /// What spoils or ends much of a history: not often.
    private func rarely(_ partition: TopicPartition, _ registry: LogRegistry) throws {
        switch random.below(10) {
        case 0...2: try delete(partition, registry)
        case 3...4: fillDisk()
        case 5 where damaged.isEmpty:
            _ = try changeAByte()
            for partition in damaged { models[partition] = nil }
        default: break
        }
    }

    private func create(_ partition: TopicPartition, _ registry: LogRegistry) throws {
        let id = topicIds[partition] ?? makeTopic(partition)
        note("create \(partition)")
        _ = try registry.createLog(partition, topicId: id, config: config(partition))
    }

    private func roll(_ log: PartitionLog) throws {
        note("roll \(log.topicPartition) at \(log.logEndOffset)")
        try log.roll()
    }

    private func flush(_ log: PartitionLog, _ partition: TopicPartition) throws {
        let end = log.logEndOffset
        note("flush \(partition) to \(end)")
        try log.flush()
        noteSynced(partition, end)
    }

    private func runJob(_ queue: ManualWorkQueue, _ name: String) {
        if queue.runOne() { note("\(name) did a job") }
    }

    // MARK: Deleting

    /// The metadata has it that the topic is no more, durably; then its log goes.
    private func delete(_ partition: TopicPartition, _ registry: LogRegistry) throws {
        note("delete topic \(partition)")
        counts.deletions += 1
        topicIds[partition] = nil
        models[partition] = nil
        appended[partition] = nil
        damaged.remove(partition)
        try registry.deleteLog(partition)
    }

    private func deleteRecords(_ log: PartitionLog, _ partition: TopicPartition) throws {
        // From a topic that is compacted alone, nobody may.
        if partition.topic == "compact" { return }
        let offset = log.logStartOffset + Int64(random.below(Int(max(1, log.highWatermark - log.logStartOffset)) + 1))
        note("delete records of \(partition) before \(offset)")
        defer { models[partition]?.startOffset = log.logStartOffset }
        _ = try log.deleteRecords(before: min(offset, log.highWatermark))
    }

    private func deleteOldSegments(_ log: PartitionLog, _ partition: TopicPartition) throws {
        note("retention of \(partition)")
        defer { models[partition]?.startOffset = log.logStartOffset }
        try log.deleteOldSegments()
    }

    // MARK: Cleaning

    /// Lets the cleaner do what it has to do, if anything.
    private func clean(_ registry: LogRegistry) throws {
        guard cleaner.hasDueJob, let running = registry.cleaner.withLock({ $0 }) else { return }
        var cleanings: [(log: PartitionLog, cleaning: ModelCleaning, cleaned: Int64?)] = []
        for partition in partitions where partition.topic != "plain" {
            guard let log = registry.log(partition) else { continue }
            let cleaned = running.cleanedOffset(of: log)
            if damaged.contains(partition) { continue }
            let cleaning = ModelCleaning(
                plan: try log.cleaningPlan(cleanedOffset: cleaned),
                baseOffsets: log.view.withLock { $0.segments.map(\.baseOffset) }, nowMs: place.nowMs,
                deleteRetentionMs: log.config.values.deleteRetentionMs)
            guard cleaning.plan.cleanableBytes > 0 else { continue }
            models[partition]?.cleaningBegins(cleaning)
            cleanings.append((log, cleaning, cleaned))
        }
        runJob(cleaner, "cleaner")
        for (log, cleaning, before) in cleanings {
            guard let end = running.cleanedOffset(of: log), end != before, end > cleaning.plan.firstDirtyOffset else {
                continue
            }
            counts.cleanings += 1
            note("cleaned \(log.topicPartition) from \(cleaning.plan.firstDirtyOffset) to \(end)")
            models[log.topicPartition]?.cleaningEnded(cleaning, at: end)
            guard !isOver, let model = models[log.topicPartition] else { continue }
            let (fault, _) = try model.read(log, requiredEnd: model.appendedEnd)
            if let fault { throw self.fault("\(log.topicPartition) after a cleaning: \(fault)", log) }
        }
        for partition in damaged where !isOver { if let log = registry.log(partition) { _ = try readDamaged(log) } }
    }

    // MARK: Appending

    private func append(_ log: PartitionLog, _ partition: TopicPartition) throws {
        var producer: (id: Int64, isTransactional: Bool)?
        switch random.below(4) {
        case 0: break
        case 1: producer = (70 + Int64(random.below(2)), true)
        default: producer = (1 + Int64(random.below(2)), false)
        }
        // Of a producer whose records were all deleted the log knows nothing; it goes on all the same.
        let known = producer.flatMap { one in log.activeProducers().first { $0.producerId == one.id } }
        let last = models[partition]?.batches.last { $0.producerId == producer?.id && $0.marker == nil }
        let sequence = (known?.lastSequence ?? last?.lastSequence ?? -1) + 1
        let batch =
            partition.topic == "plain"
            ? valueBatch(at: log.logEndOffset, producer, sequence)
            : try keyedBatch(at: log.logEndOffset, producer, sequence)
        try append(batch, to: log, partition)
        guard let producer, producer.isTransactional, models[partition]?.openTransactions[producer.id] == nil else {
            return
        }
        let transaction = ModelTransaction(producerId: producer.id, firstOffset: batch.firstOffset)
        models[partition]?.openTransactions[producer.id] = batch.firstOffset
        models[partition]?.decisions[transaction] = nil
    }

    private func valueBatch(
        at offset: Int64, _ producer: (id: Int64, isTransactional: Bool)?, _ sequence: Int32
    ) -> ModelBatch {
        var batch = TestBatch.data(
            1 + random.below(3), timestampMs: 1000 + Int64(random.below(40)), valueBytes: random.below(120))
        if let producer {
            batch.producerId = producer.id
            batch.producerEpoch = 0
            batch.baseSequence = sequence
            batch.isTransactional = producer.isTransactional
        }
        return ModelBatch(batch, at: offset)
    }

    private func keyedBatch(
        at offset: Int64, _ producer: (id: Int64, isTransactional: Bool)?, _ sequence: Int32
    ) throws -> ModelBatch {
        let codec: CompressionCodec = random.below(3) == 0 ? .lz4 : .none
        var builder = RecordBatchBuilder(
            baseOffset: offset, compression: CompressionSettings(codec), partitionLeaderEpoch: ModelBatch.leaderEpoch,
            producer: producer.map {
                BatchProducer(id: $0.id, epoch: 0, baseSequence: sequence, isTransactional: $0.isTransactional)
            })
        let timestampMs = 1000 + Int64(random.below(40))
        var records: [ModelRecord] = []
        for slot in 0...random.below(4) {
            let at = offset + Int64(slot)
            let value = random.below(4) == 0 ? nil : "v\(at)" + String(repeating: "x", count: random.below(60))
            let record = ModelRecord(
                offset: at, key: "k\(random.below(keyCount))", value: value, timestampMs: timestampMs)
            builder.append(
                timestamp: timestampMs, key: Array(record.key.utf8), value: value.map { Array($0.utf8) })
            records.append(record)
        }
        let built = builder.build()
        let batch = try #require(built)
        return ModelBatch(
            firstOffset: offset, lastOffset: batch.lastOffset, bytes: batch.bytes.array,
            producerId: batch.producerId, sequence: batch.baseSequence, maxTimestampMs: timestampMs,
            isTransactional: batch.isTransactional, marker: nil, records: records)
    }

    private func endTransaction(_ log: PartitionLog, _ partition: TopicPartition) throws {
        guard let (producer, first) = models[partition]?.openTransactions.min(by: { $0.key < $1.key }) else { return }
        let transaction = ModelTransaction(producerId: producer, firstOffset: first)
        let isAbort = models[partition]?.decisions[transaction] ?? (random.below(2) == 0)
        models[partition]?.decisions[transaction] = isAbort
        try append(ModelBatch(.marker(producer, abort: isAbort), at: log.logEndOffset), to: log, partition)
        models[partition]?.openTransactions[producer] = nil
    }

    private func append(_ batch: ModelBatch, to log: PartitionLog, _ partition: TopicPartition) throws {
        note("append \(partition) \(batch.firstOffset)...\(batch.lastOffset) producer \(batch.producerId)")
        models[partition]?.uncertain = batch
        appended[partition, default: []].append(batch)
        let result: AppendResult
        do {
            result = try log.append(
                ByteSlice(copying: batch.bytes), leaderEpoch: ModelBatch.leaderEpoch,
                origin: batch.marker == nil ? .client : .coordinator, isTransactionVerified: true)
        } catch {
            // It may be there all the same.
            noteMoved(batch, to: log.logEndOffset, partition)
            throw error
        }
        if !result.isDuplicate { noteMoved(batch, to: result.firstOffset, partition) }
        models[partition]?.uncertain = nil
        guard damaged.contains(partition) || (!result.isDuplicate && result.firstOffset == batch.firstOffset) else {
            throw Fault(seed: seed, text: "\(partition): the append was taken for another", history: history)
        }
        models[partition]?.batches.append(batch)
        models[partition]?.appendedEnd = batch.lastOffset + 1
        guard result.isFlushDue, let id = topicIds[partition] else { return }
        let acknowledged = self.acknowledged
        log.whenFlushed(upTo: batch.lastOffset + 1) { failure in
            if failure == nil { acknowledged.note(id, batch.lastOffset + 1) }
        }
    }

    /// Where a damaged log ends is found out by the first append to it, and may be before the end that the log gave
    /// until then, by its checkpoints: the records come to lie there.
    private func noteMoved(_ batch: ModelBatch, to offset: Int64, _ partition: TopicPartition) {
        guard damaged.contains(partition), offset != batch.firstOffset else { return }
        appended[partition, default: []].append(batch.moved(to: offset))
    }
}

extension ModelBatch {
    static let leaderEpoch: Int32 = 1

    /// The same records at other offsets: the base offset is outside the CRC.
    fileprivate func moved(to offset: Int64) -> ModelBatch {
        let baseOffset = withUnsafeBytes(of: offset.bigEndian) { Array($0) }
        return ModelBatch(
            firstOffset: offset, lastOffset: offset + lastOffset - firstOffset,
            bytes: baseOffset + bytes.dropFirst(baseOffset.count), producerId: producerId, sequence: sequence,
            maxTimestampMs: maxTimestampMs, isTransactional: isTransactional, marker: marker)
    }

    fileprivate init(_ batch: TestBatch, at offset: Int64) {
        var placed = batch
        placed.baseOffset = offset
        placed.leaderEpoch = Self.leaderEpoch
        self.init(
            firstOffset: offset, lastOffset: offset + Int64(batch.timestampsMs.count) - 1, bytes: placed.array,
            producerId: batch.producerId, sequence: batch.baseSequence, maxTimestampMs: batch.timestampsMs.max() ?? -1,
            isTransactional: batch.isTransactional, marker: batch.marker?.isAbort)
    }
}
