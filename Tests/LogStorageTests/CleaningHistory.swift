// A compacted log beside a simple model of it: what a cleaning must leave.

import Bytes
import Files
import Records
import Testing

@testable import LogStorage

/// A record as the model and a reader see it.
struct CleanedRecord: Hashable, CustomStringConvertible {
    var offset: Int64
    var key: String?
    var value: String?

    var description: String { "\(offset):\(key ?? "-")=\(value ?? "null")" }
}

/// Appends and cleans, and says what is expected to be left.
final class CleaningHistory {
    struct Batch {
        var records: [CleanedRecord]
        var horizonMs: Int64?
        var transaction: Int?
    }

    let place: TestLogs
    let environment: LogEnvironment
    let config: LogConfig
    var log: PartitionLog
    var random: SimulatedRandom
    var batches: [Batch] = []
    var abortedTransactions: Set<Int> = []
    var cleanedOffset: Int64?
    private var openTransactions: [Int64: Int] = [:]
    private var nextTransaction = 0
    private var sequences: [Int64: Int32] = [:]

    static var config: LogConfig {
        var config = LogConfig()
        config.cleanupPolicy = .compact
        config.segmentSizeBytes = 2000
        config.indexIntervalBytes = 100
        config.minCleanableDirtyRatio = 0
        config.deleteRetentionMs = 5000
        config.fileDeleteDelayMs = 0
        return config
    }

    init(seed: UInt64, on disk: SimulatedFileSystem, config: LogConfig = CleaningHistory.config) throws {
        place = try TestLogs(simulated: disk)
        environment = place.manualEnvironment().0
        self.config = config
        random = SimulatedRandom(seed: seed)
        log = try place.openLog(config, environment: environment)
    }

    // MARK: Appending

    func appendData(_ keys: Int = 6) throws {
        let codec = CompressionCodec.allCases[random.below(CompressionCodec.allCases.count)]
        let producerId: Int64? = random.below(2) == 0 ? Int64(random.below(3)) : nil
        let transaction = producerId.flatMap { self.transaction(of: $0) }
        let producer = producerId.map {
            BatchProducer(id: $0, epoch: 0, baseSequence: sequences[$0] ?? 0, isTransactional: transaction != nil)
        }
        var builder = RecordBatchBuilder(
            baseOffset: log.logEndOffset, compression: CompressionSettings(codec), producer: producer)
        var records: [CleanedRecord] = []
        for slot in 0...random.below(4) {
            let offset = log.logEndOffset + Int64(slot)
            let value = random.below(4) == 0 ? nil : "v\(offset)" + String(repeating: "x", count: random.below(80))
            let record = CleanedRecord(offset: offset, key: "k\(random.below(keys))", value: value)
            records.append(record)
            builder.append(
                timestamp: place.nowMs, key: record.key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) },
                headers: random.below(3) == 0 ? [RecordHeader(key: "h", value: [1])] : [])
        }
        let built = builder.build()
        let batch = try #require(built)
        if let producerId { sequences[producerId] = (sequences[producerId] ?? 0) + Int32(records.count) }
        _ = try log.append(batch.bytes, leaderEpoch: 0, isTransactionVerified: true)
        batches.append(Batch(records: records, transaction: transaction))
    }

    /// Producers 1 and 2 are transactional.
    private func transaction(of producerId: Int64) -> Int? {
        guard producerId > 0 else { return nil }
        if let open = openTransactions[producerId] { return open }
        nextTransaction += 1
        openTransactions[producerId] = nextTransaction
        return nextTransaction
    }

    func endTransaction(of producerId: Int64) throws {
        guard let transaction = openTransactions.removeValue(forKey: producerId) else { return }
        let isAborted = random.below(2) == 0
        if isAborted { abortedTransactions.insert(transaction) }
        let marker = EndTransactionMarker(isCommit: !isAborted, coordinatorEpoch: 0)
        let batch = marker.batch(
            producerId: producerId, producerEpoch: 0, timestamp: place.nowMs, baseOffset: log.logEndOffset)
        _ = try log.append(batch.bytes, leaderEpoch: 0, origin: .coordinator)
    }

    /// Ends all transactions, so that nothing is held back by an open one.
    func endTransactions() throws {
        for producerId in openTransactions.keys.sorted() { try endTransaction(of: producerId) }
    }

    /// One step of any kind but a cleaning.
    func step() throws {
        switch random.below(12) {
        case 0, 1: try endTransaction(of: Int64(1 + random.below(2)))
        case 2: place.nowMs += Int64(random.below(4000))
        default: try appendData()
        }
    }

    // MARK: Cleaning

    @discardableResult
    func clean(_ settings: CleanerSettings = CleanerSettings()) throws -> CleaningStats? {
        let plan = try log.cleaningPlan(cleanedOffset: cleanedOffset)
        guard plan.cleanableBytes > 0 else { return nil }
        let bases = log.view.withLock { $0.segments.map(\.baseOffset) }
        let result = try Cleaner.clean(log, plan, settings, throttle: CleanerThrottle(bytesPerSecond: .infinity))
        cleanModel(
            from: plan.firstDirtyOffset, to: result.endOffset,
            writtenTo: bases.first { $0 >= result.endOffset } ?? log.logEndOffset)
        cleanedOffset = result.endOffset
        return result.stats
    }

    /// What Kafka's rules leave. `written`: where the last segment ends that was written anew; what it has from `end`
    /// on is not compared with the map.
    func cleanModel(from start: Int64, to end: Int64, writtenTo written: Int64) {
        var latest: [String: Int64] = [:]
        for batch in batches where !isAborted(batch) {
            for record in batch.records where record.offset >= start && record.offset < end {
                if let key = record.key { latest[key] = record.offset }
            }
        }
        for slot in batches.indices {
            let batch = batches[slot]
            if isAborted(batch) {
                batches[slot].records.removeAll { $0.offset < written }
                continue
            }
            guard batch.records.contains(where: { $0.offset < written }) else { continue }
            let isPast = batch.horizonMs.map { $0 <= place.nowMs } ?? false
            batches[slot].records.removeAll { record in
                guard record.offset < end else { return false }
                return record.offset < latest[record.key ?? ""] ?? -1 || (record.value == nil && isPast)
            }
            if batch.horizonMs == nil, batches[slot].records.contains(where: { $0.value == nil }) {
                batches[slot].horizonMs = place.nowMs + config.deleteRetentionMs
            }
        }
    }

    private func isAborted(_ batch: Batch) -> Bool { batch.transaction.map(abortedTransactions.contains) ?? false }

    // MARK: What is there

    var expected: [CleanedRecord] { batches.flatMap(\.records) }

    /// All data records in the log, of aborted transactions too.
    func found() throws -> [CleanedRecord] { try log.dataRecords() }

    /// Closes the log and opens it again.
    func reopen() throws {
        try log.close()
        log = try place.openLog(config, clean: true, environment: environment)
    }
}

extension PartitionLog {
    /// The batches of the whole log, each checked.
    func allBatches() throws -> [RecordBatch] {
        var found: [RecordBatch] = []
        var at = logStartOffset
        while at < logEndOffset {
            let batches = try read(from: at, maxBytes: 1 << 20, upTo: .logEnd).batches()
            let new = batches.filter { $0.lastOffset >= at }
            guard let last = new.last else { break }
            for batch in new { #expect(batch.isCrcValid) }
            found += new
            at = last.lastOffset + 1
        }
        return found
    }

    func dataRecords() throws -> [CleanedRecord] {
        try allBatches().filter { !$0.isControl }.flatMap { batch in
            try batch.records().map { record in
                CleanedRecord(
                    offset: record.offset, key: record.key.map { String(decoding: $0, as: UTF8.self) },
                    value: record.value.map { String(decoding: $0, as: UTF8.self) })
            }
        }
    }

    /// What a read_committed consumer gets: as it goes by the aborted transactions that the answer names.
    func committedRecords() throws -> [CleanedRecord] {
        var found: [CleanedRecord] = []
        var at = logStartOffset
        while at < lastStableOffset {
            let result = try read(from: at, maxBytes: 700, upTo: .lastStableOffset)
            let batches = try result.batches().filter { $0.lastOffset >= at }
            guard let last = batches.last else { break }
            var aborted = result.abortedTransactions ?? []
            var ongoing: Set<Int64> = []
            for batch in batches {
                aborted.removeAll { transaction in
                    guard transaction.firstOffset <= batch.lastOffset else { return false }
                    ongoing.insert(transaction.producerId)
                    return true
                }
                if batch.isControl {
                    if try batch.endTransactionMarker()?.isCommit == false { ongoing.remove(batch.producerId) }
                    continue
                }
                if batch.isTransactional && ongoing.contains(batch.producerId) { continue }
                found += try batch.records().map { record in
                    CleanedRecord(
                        offset: record.offset, key: record.key.map { String(decoding: $0, as: UTF8.self) },
                        value: record.value.map { String(decoding: $0, as: UTF8.self) })
                }
            }
            at = last.lastOffset + 1
        }
        return found
    }
}
