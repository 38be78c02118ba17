// Lives of a log directory: it is written to, rolled, synced, deleted from, and then everything stops at some call. All
// that happens follows from one number.

import Bytes
import Files
import KafkaWire
import Records
import Testing

@testable import LogStorage

/// A simulated node's logs over several lives. A fault ends it, with what was done before.
final class CrashSimulation {
    struct Fault: Error, CustomStringConvertible {
        let seed: UInt64
        let text: String
        let history: [String]
        var description: String { "seed \(seed): \(text)\n  " + history.joined(separator: "\n  ") }
    }

    private let seed: UInt64
    private var random: SimulatedRandom
    private let disk: SimulatedFileSystem
    private let place: TestLogs
    private var models: [TopicPartition: ModelLog] = [:]
    private var topicIds: [TopicPartition: Uuid] = [:]
    private let config: SharedLogConfig
    private var history: [String] = []
    private var worker: ManualWorkQueue
    private var committer: ManualWorkQueue
    private var registry: LogRegistry?
    /// Where a commit was acknowledged: filled in by completions.
    private let acknowledged = Acknowledged()

    init(seed: UInt64) throws {
        self.seed = seed
        random = SimulatedRandom(seed: seed)
        disk = SimulatedFileSystem(seed: seed &+ 1)
        place = try TestLogs(simulated: disk)
        worker = ManualWorkQueue { 0 }
        committer = ManualWorkQueue { 0 }
        var config = LogConfig()
        config.segmentSizeBytes = 600 + random.below(1200)
        config.indexIntervalBytes = random.below(3) == 0 ? 0 : random.below(600)
        config.segmentIndexSizeBytes = random.below(4) == 0 ? 48 : 4096
        config.flushMessages = [1, 1, 3, Int64.max][random.below(4)]
        config.flushMs = random.below(3) == 0 ? 700 : Int64.max
        config.retentionBytes = random.below(2) == 0 ? 2000 : -1
        config.retentionMs = -1
        config.fileDeleteDelayMs = 500
        self.config = SharedLogConfig(config)
    }

    static func run(seed: UInt64) throws {
        _ = try trace(seed: seed)
    }

    /// What happened, line by line.
    static func trace(seed: UInt64) throws -> [String] {
        let simulation = try CrashSimulation(seed: seed)
        for _ in 0..<(2 + simulation.random.below(2)) { try simulation.live() }
        try simulation.start()
        return simulation.history
    }

    // MARK: One life

    private func live() throws {
        try start()
        disk.crash(atCall: random.below(5) == 0 ? nil : 1 + random.below(90))
        if random.below(8) == 0 { disk.failSync(number: 1 + random.below(6)) }
        if random.below(12) == 0 { disk.setCapacity(bytes: 1500 + random.below(4000)) }
        for _ in 0..<(6 + random.below(24)) where !isOver { try act() }
        noteAcknowledged()
        if !isOver && random.below(3) == 0 {
            note("close")
            registry?.close()
            if !isOver {
                for (partition, model) in models { noteSynced(partition, model.appendedEnd) }
            }
        }
        worker.stop()
        committer.stop()
        registry = nil
        // After a sync that failed, what is read is not what is on disk, and no later sync makes up for it: only a
        // start of the whole system brings out what is there.
        let crash: SimulatedCrash = random.below(3) == 0 && !disk.hasFailedSync ? .process : .power
        note("\(crash) crash at call \(disk.callCount)")
        disk.setCapacity(bytes: nil)
        hasLost = crash == .power
        disk.restart(after: crash)
    }

    /// The power failed: what was not synced may be gone.
    private var hasLost = false
    private var isOver: Bool { disk.isDown || registry?.directories[0].failure != nil }

    /// Opens what is there, and compares it with what was acknowledged.
    private func start() throws {
        var environment: LogEnvironment
        (environment, worker, committer) = place.manualEnvironment()
        do {
            let directory = try LogDirectory.open(place.folder, environment: environment)
            let registry = LogRegistry(directories: [directory], environment: environment)
            let config = self.config
            try registry.loadLogs { _ in config }
            if let failure = directory.failure { throw failure }
            self.registry = registry
            for (partition, id) in topicIds.sorted(by: { $0.key.partition < $1.key.partition }) {
                let log = try registry.createLog(partition, topicId: id, config: config)
                let model = models[partition] ?? ModelLog()
                let (fault, found) = try model.check(
                    log, requiredEnd: model.requiredEnd(afterPowerFailure: hasLost))
                if let fault {
                    for segment in log.view.withLock({ $0.segments }) {
                        note("segment \(segment.baseOffset), \(segment.sizeBytes) bytes")
                    }
                    throw Fault(seed: seed, text: "\(partition): \(fault)", history: history + place.warnings.suffix(8))
                }
                models[partition]?.settle(log, found: found)
                note(
                    "\(partition) recovered: \(log.logStartOffset) to \(log.logEndOffset), \(log.segmentCount) segments"
                )
                try checkProducers(log, partition)
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(seed: seed, text: "the start failed: \(error)", history: history)
        }
    }

    /// The last batch of each producer is known again.
    private func checkProducers(_ log: PartitionLog, _ partition: TopicPartition) throws {
        guard let model = models[partition] else { return }
        var seen: Set<Int64> = []
        for batch in model.batches.reversed() where batch.producerId >= 0 && batch.marker == nil {
            guard seen.insert(batch.producerId).inserted, batch.firstOffset >= log.logStartOffset else { continue }
            let again = try log.append(
                ByteSlice(copying: batch.bytes), leaderEpoch: 0, origin: .client, isTransactionVerified: true)
            if !again.isDuplicate || again.firstOffset != batch.firstOffset {
                throw Fault(
                    seed: seed,
                    text:
                        "\(partition): the batch at \(batch.firstOffset) of producer \(batch.producerId) is taken twice",
                    history: history)
            }
        }
    }

    // MARK: What may happen

    private func act() throws {
        let partition = TopicPartition(topic: "t", partition: Int32(random.below(2)))
        guard let registry else { return }
        do {
            guard let log = registry.log(partition) else { return try create(partition, registry) }
            switch random.below(20) {
            case 0: try roll(log)
            case 1: try flush(log, partition)
            case 2: try deleteRecords(log, partition)
            case 3: try deleteOldSegments(log, partition)
            case 4: place.nowMs += Int64(random.below(800))
            case 5...7: runJob(worker, "worker")
            case 8...9: runJob(committer, "committer")
            case 10: try endTransaction(log, partition)
            default: try append(log, partition)
            }
        } catch let error as LogError where isOver {
            note("  failed: \(error.message)")
        }
        noteAcknowledged()
    }

    private func create(_ partition: TopicPartition, _ registry: LogRegistry) throws {
        let id =
            topicIds[partition] ?? Uuid(mostSignificantBits: 7, leastSignificantBits: UInt64(partition.partition + 1))
        topicIds[partition] = id
        if models[partition] == nil { models[partition] = ModelLog() }
        note("create \(partition)")
        _ = try registry.createLog(partition, topicId: id, config: config)
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

    private func deleteRecords(_ log: PartitionLog, _ partition: TopicPartition) throws {
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

    private func runJob(_ queue: ManualWorkQueue, _ name: String) {
        if queue.runOne() { note("\(name) did a job") }
    }

    private func append(_ log: PartitionLog, _ partition: TopicPartition) throws {
        var batch = TestBatch.data(
            1 + random.below(3), timestampMs: 1000 + Int64(random.below(40)), valueBytes: random.below(120))
        switch random.below(4) {
        case 0: break
        case 1:
            batch.producerId = 70 + Int64(random.below(2))
            batch.isTransactional = true
        default: batch.producerId = 1 + Int64(random.below(2))
        }
        if batch.producerId >= 0 {
            // Whoever lost its sequence numbers, to retention or behind a marker, begins anew.
            let known = log.activeProducers().first { $0.producerId == batch.producerId }
            batch.producerEpoch = 0
            batch.baseSequence = (known?.lastSequence ?? -1) + 1
        }
        try append(batch, to: log, partition)
        guard batch.producerId >= 0 else { return }
        if batch.isTransactional { models[partition]?.openTransactions.insert(batch.producerId) }
    }

    private func endTransaction(_ log: PartitionLog, _ partition: TopicPartition) throws {
        guard let producer = models[partition]?.openTransactions.sorted().first else { return }
        try append(.marker(producer, abort: random.below(2) == 0), to: log, partition)
        models[partition]?.openTransactions.remove(producer)
    }

    private func append(_ batch: TestBatch, to log: PartitionLog, _ partition: TopicPartition) throws {
        let epoch = Int32(1)
        var placed = batch
        placed.baseOffset = log.logEndOffset
        placed.leaderEpoch = epoch
        let model = ModelBatch(
            firstOffset: placed.baseOffset, lastOffset: placed.baseOffset + Int64(batch.timestampsMs.count) - 1,
            bytes: placed.array, producerId: batch.producerId, sequence: batch.baseSequence,
            maxTimestampMs: batch.timestampsMs.max() ?? -1, isTransactional: batch.isTransactional,
            marker: batch.marker?.isAbort)
        note("append \(partition) \(model.firstOffset)...\(model.lastOffset) producer \(model.producerId)")
        models[partition]?.uncertain = model
        let result = try log.append(batch, leaderEpoch: epoch, origin: batch.marker == nil ? .client : .coordinator)
        models[partition]?.uncertain = nil
        guard !result.isDuplicate, result.firstOffset == model.firstOffset else {
            throw Fault(seed: seed, text: "\(partition): the append was taken for another", history: history)
        }
        models[partition]?.batches.append(model)
        models[partition]?.appendedEnd = model.lastOffset + 1
        guard result.isFlushDue else { return }
        let acknowledged = self.acknowledged
        log.whenFlushed(upTo: model.lastOffset + 1) { failure in
            if failure == nil { acknowledged.note(partition, model.lastOffset + 1) }
        }
    }

    private func noteAcknowledged() {
        for (partition, end) in acknowledged.take() { noteSynced(partition, end) }
    }

    private func noteSynced(_ partition: TopicPartition, _ end: Int64) {
        // Of what was deleted, a sync says nothing.
        guard let model = models[partition], end > model.startOffset else { return }
        models[partition]?.syncedEnd = max(model.syncedEnd, end)
    }

    private func note(_ text: String) {
        history.append(text)
    }
}
