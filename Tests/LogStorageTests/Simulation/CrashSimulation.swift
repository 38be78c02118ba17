// Lives of a log directory: it is written to, rolled, synced, cleaned, deleted from, its disk fills up, its topics are
// deleted and made again, a byte of it is changed; and then everything stops at some call, the next start perhaps too.
// All that happens follows from one number.

import Bytes
import Files
import KafkaWire
import Records
import Testing

@testable import LogStorage

/// How much happened.
struct SimulationCounts {
    var histories = 0
    var crashes = 0
    var cleanings = 0
    /// Topics that were deleted.
    var deletions = 0
    /// Directories that went offline on a full disk.
    var fullDisks = 0
    /// Bytes that were changed.
    var damages = 0

    mutating func add(_ other: SimulationCounts) {
        histories += other.histories
        crashes += other.crashes
        cleanings += other.cleanings
        deletions += other.deletions
        fullDisks += other.fullDisks
        damages += other.damages
    }
}

/// A simulated node's logs over several lives. A fault ends it, with what was done before.
final class CrashSimulation {
    struct Fault: Error, CustomStringConvertible {
        let seed: UInt64
        let text: String
        let history: [String]
        var description: String { "seed \(seed): \(text)\n  " + history.joined(separator: "\n  ") }
    }

    let seed: UInt64
    var random: SimulatedRandom
    let disk: SimulatedFileSystem
    let place: TestLogs
    /// Those of this history: of one topic that is not compacted, of one that is, of one that is both.
    let partitions: [TopicPartition]
    var models: [TopicPartition: ModelLog] = [:]
    /// Those of the topics that are there, as the metadata has them; each partition is a topic's only one.
    var topicIds: [TopicPartition: Uuid] = [:]
    private var topicCount: UInt64 = 0
    /// Partitions of which a byte was changed: what they say is right or it is nothing, but there is no saying what is
    /// left. They have no model any more.
    var damaged: Set<TopicPartition> = []
    /// All that was given to the partitions' logs, taken by them or not.
    var appended: [TopicPartition: [ModelBatch]] = [:]
    /// The byte that was changed while nothing ran, and is to be found out at the next start.
    var damage: Damage?
    /// Records may be found at other offsets than they were written to: nothing protects those of a batch.
    var areOffsetsUnsure = false
    let configs: [String: SharedLogConfig]
    let cleanerSettings: CleanerSettings
    /// So many keys the compacted topics have.
    let keyCount: Int
    var history: [String] = []
    var counts = SimulationCounts()
    var worker: ManualWorkQueue
    var committer: ManualWorkQueue
    var cleaner: ManualWorkQueue
    var registry: LogRegistry?
    /// Where a commit was acknowledged: filled in by completions.
    let acknowledged = Acknowledged()

    init(seed: UInt64) throws {
        self.seed = seed
        random = SimulatedRandom(seed: seed)
        disk = SimulatedFileSystem(seed: seed &+ 1)
        place = try TestLogs(simulated: disk)
        worker = ManualWorkQueue { 0 }
        committer = ManualWorkQueue { 0 }
        cleaner = ManualWorkQueue { 0 }
        let topics = [["plain"], ["compact"], ["plain", "compact"], ["compact", "both"]][random.below(4)]
        let perTopic = topics.count == 1 ? 2 : 1 + random.below(2)
        partitions = topics.flatMap { topic in
            (0..<perTopic).map { TopicPartition(topic: topic, partition: Int32($0)) }
        }
        keyCount = [3, 8, 90][random.below(3)]
        var settings = CleanerSettings()
        settings.backoffMs = random.below(4) == 0 ? 300 : 0
        // The keys of a log do not always fit into the map.
        settings.dedupeBufferBytes = 1
        cleanerSettings = settings
        var config = LogConfig()
        config.segmentSizeBytes = 600 + random.below(1200)
        config.indexIntervalBytes = random.below(3) == 0 ? 0 : random.below(600)
        config.segmentIndexSizeBytes = random.below(4) == 0 ? 48 : 4096
        config.flushMessages = [1, 1, 3, Int64.max][random.below(4)]
        config.flushMs = random.below(3) == 0 ? 700 : Int64.max
        config.retentionBytes = random.below(2) == 0 ? 2000 : -1
        config.retentionMs = -1
        config.fileDeleteDelayMs = 500
        config.minCleanableDirtyRatio = 0
        config.deleteRetentionMs = 300 + Int64(random.below(2000))
        config.minCompactionLagMs = random.below(4) == 0 ? place.nowMs - 1000 : 0
        var configs = ["plain": SharedLogConfig(config)]
        config.cleanupPolicy = .compact
        configs["compact"] = SharedLogConfig(config)
        config.cleanupPolicy = [.compact, .delete]
        configs["both"] = SharedLogConfig(config)
        self.configs = configs
    }

    static func run(seed: UInt64) throws -> SimulationCounts {
        let simulation = try CrashSimulation(seed: seed)
        try simulation.liveThrough()
        return simulation.counts
    }

    /// What happened, line by line.
    static func trace(seed: UInt64) throws -> [String] {
        let simulation = try CrashSimulation(seed: seed)
        try simulation.liveThrough()
        return simulation.history
    }

    private func liveThrough() throws {
        counts.histories = 1
        for _ in 0..<(2 + random.below(2)) { try live() }
        try start()
        try checkDeletions()
    }

    // MARK: One life

    private func live() throws {
        try start()
        let isCompacted = partitions.contains { $0.topic != "plain" }
        disk.crash(atCall: random.below(5) == 0 ? nil : 1 + random.below(isCompacted ? 250 : 90))
        if random.below(8) == 0 { disk.failSync(number: 1 + random.below(6)) }
        if random.below(12) == 0 { disk.setCapacity(bytes: 1500 + random.below(4000)) }
        for _ in 0..<(6 + random.below(isCompacted ? 70 : 24)) where !isOver { try act() }
        noteAcknowledged()
        if isOver {
            if !disk.isDown { try checkOffline() }
        } else if random.below(3) == 0 {
            note("close")
            registry?.close()
            if !isOver {
                for (partition, model) in models { noteSynced(partition, model.appendedEnd) }
            }
        }
        stopQueues()
        registry = nil
        hasLost = false
        stopEverything()
        if damage == nil && damaged.isEmpty && random.below(6) == 0 { damage = try changeAByte() }
        if random.below(6) == 0 { breakOffAStart() }
    }

    func stopQueues() {
        worker.stop()
        committer.stop()
        cleaner.stop()
    }

    /// The end of the process, or of the whole system.
    func stopEverything() {
        // After a sync that failed, what is read is not what is on disk, and no later sync makes up for it: only a
        // start of the whole system brings out what is there.
        let crash: SimulatedCrash = random.below(3) == 0 && !disk.hasFailedSync ? .process : .power
        counts.crashes += 1
        note("\(crash) crash at call \(disk.callCount)")
        disk.setCapacity(bytes: nil)
        lastCrash = crash
        if crash == .power { hasLost = true }
        disk.restart(after: crash)
    }

    private var lastCrash = SimulatedCrash.process
    /// The power failed since the last life: what was not synced may be gone.
    private var hasLost = false
    var isOver: Bool { disk.isDown || registry?.directories[0].failure != nil }

    /// Opens what is there, and compares it with what was acknowledged.
    private func start() throws {
        do {
            let registry = try openRegistry()
            self.registry = registry
            for partition in partitions {
                guard let id = topicIds[partition] else { continue }
                if damaged.contains(partition) {
                    try checkDamaged(partition, id, registry)
                } else {
                    try check(try registry.createLog(partition, topicId: id, config: config(partition)), partition)
                }
            }
            damage = nil
            cleaner = ManualWorkQueue { [place] in place.nowMs }
            registry.startCleaner(cleanerSettings, workers: [cleaner])
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(seed: seed, text: "the start failed: \(error)", history: history)
        }
    }

    /// Opens the directory as the broker does: what belongs to no topic that is there is set aside.
    func openRegistry() throws -> LogRegistry {
        var environment: LogEnvironment
        (environment, worker, committer) = place.manualEnvironment()
        let directory = try LogDirectory.open(place.folder, environment: environment)
        let registry = LogRegistry(directories: [directory], environment: environment)
        registry.updateDeletionDelay(ms: 500)
        let configs = self.configs
        try registry.loadLogs { topic in configs[topic] ?? SharedLogConfig(LogConfig()) }
        if let failure = directory.failure { throw failure }
        for log in registry.logs(in: directory) where registry.isStray(log, of: topicIds[log.topicPartition]) {
            let partition = log.topicPartition
            note("\(partition) is set aside")
            if damaged.contains(partition) { damage?.isSaid = true }
            try registry.setAsideLog(partition)
        }
        return registry
    }

    /// A topic that is new to the metadata.
    func makeTopic(_ partition: TopicPartition) -> Uuid {
        topicCount += 1
        let id = Uuid(mostSignificantBits: 7, leastSignificantBits: topicCount)
        topicIds[partition] = id
        models[partition] = ModelLog(isCompacted: partition.topic != "plain")
        return id
    }

    /// Compares a log with its model, which from then on knows what is there.
    private func check(_ log: PartitionLog, _ partition: TopicPartition) throws {
        guard let model = models[partition] else { return }
        let (fault, found) = try strictFault(log, model)
        if let fault { throw self.fault("\(partition): \(fault)", log) }
        try models[partition]?.settle(log, found: found, isDurable: lastCrash == .power)
        note("\(partition) recovered: \(log.logStartOffset) to \(log.logEndOffset), \(log.segmentCount) segments")
        try checkProducers(log, partition)
    }

    func strictFault(_ log: PartitionLog, _ model: ModelLog) throws -> (fault: String?, found: [FoundBatch]) {
        try model.check(log, requiredEnd: model.requiredEnd(afterPowerFailure: hasLost))
    }

    /// With what is in the log.
    func fault(_ text: String, _ log: PartitionLog) -> Fault {
        for segment in log.view.withLock({ $0.segments }) {
            note("segment \(segment.baseOffset), \(segment.sizeBytes) bytes")
        }
        return Fault(seed: seed, text: text, history: history + place.warnings.suffix(8))
    }

    func config(_ partition: TopicPartition) -> SharedLogConfig {
        configs[partition.topic] ?? SharedLogConfig(LogConfig())
    }

    /// The last batch of each producer is known again.
    private func checkProducers(_ log: PartitionLog, _ partition: TopicPartition) throws {
        guard let model = models[partition] else { return }
        var seen: Set<Int64> = []
        for batch in model.batches.reversed() where batch.producerId >= 0 && batch.marker == nil {
            guard seen.insert(batch.producerId).inserted, batch.firstOffset >= log.logStartOffset, !batch.mayBeGone
            else { continue }
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

    func noteAcknowledged() {
        let ends = acknowledged.take()
        for (partition, id) in topicIds {
            if let end = ends[id] { noteSynced(partition, end) }
        }
    }

    func noteSynced(_ partition: TopicPartition, _ end: Int64) {
        // Of what was deleted, a sync says nothing.
        guard let model = models[partition], end > model.startOffset else { return }
        models[partition]?.syncedEnd = max(model.syncedEnd, end)
    }

    func note(_ text: String) {
        history.append(text)
    }
}
