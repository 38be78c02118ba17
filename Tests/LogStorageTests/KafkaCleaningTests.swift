// What our cleaner leaves, beside what Apache Kafka's left of the same log (Oracle/record.sh wrote both down).

import Bytes
import Files
import Foundation
import Records
import Testing

@testable import LogStorage

@Suite struct KafkaCleaningTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/cleaning").path

    /// All that matters of a batch.
    private struct Batch: Hashable, CustomStringConvertible {
        let offsets: ClosedRange<Int64>
        let attributes: UInt16
        let producer: String
        let maxTimestamp: Int64
        let leaderEpoch: Int32
        let records: [Record]

        init(_ batch: RecordBatch) throws {
            offsets = batch.baseOffset...batch.lastOffset
            attributes = batch.attributes
            producer = "\(batch.producerId) \(batch.producerEpoch) \(batch.baseSequence)"
            maxTimestamp = batch.maxTimestamp
            leaderEpoch = batch.partitionLeaderEpoch
            records = try batch.records()
        }

        var description: String {
            "\(offsets) attributes \(attributes) producer \(producer) time \(maxTimestamp) epoch \(leaderEpoch): "
                + records.map { "\($0.offset) \($0.value == nil ? "null" : "value")" }.joined(separator: ", ")
        }
    }

    private static var config: LogConfig {
        var config = LogConfig()
        config.cleanupPolicy = .compact
        config.deleteRetentionMs = 1000
        config.minCleanableDirtyRatio = 0.001
        // What was replaced stays: nothing is removed while the directory is read.
        config.fileDeleteDelayMs = 60_000
        return config
    }

    /// A copy of a recorded directory, opened as after a crash: its indexes are built anew.
    private func open(_ name: String, in place: TestLogs) throws -> PartitionLog {
        try KafkaDirectories.copy("\(Self.fixtures)/\(name)", to: place.logPath)
        return try place.openLog(Self.config)
    }

    /// The bytes of the aborted transactions' indexes, by name.
    private func transactionIndexes(_ directory: String) throws -> [String: [UInt8]] {
        try KafkaDirectories.files(directory).filter { $0.key.hasSuffix(".txnindex") && !$0.value.isEmpty }
    }

    @Test(arguments: [1, 2]) func theSameBatchesAreLeft(round: Int) throws {
        let ours = try TestLogs()
        let theirs = try TestLogs()
        ours.nowMs = 4_000_000_000_000
        let log = try open("before-\(round)", in: ours)
        let expected = try open("after-\(round)", in: theirs)
        // In the second round, the first one's part is clean.
        let before = try log.allBatches()
        let cleaned = round == 1 ? nil : try open("after-1", in: TestLogs()).view.withLock { $0.active.baseOffset }
        let plan = try log.cleaningPlan(cleanedOffset: cleaned)
        #expect(plan.isDue(Self.config))
        let result = try Cleaner.clean(
            log, plan, CleanerSettings(), throttle: CleanerThrottle(bytesPerSecond: .infinity))
        #expect(result.endOffset == plan.firstUncleanableOffset)
        let left = try log.allBatches().map { try Batch($0) }
        let kafkas = try expected.allBatches().map { try Batch($0) }
        #expect(left.count < before.count)
        for (our, their) in zip(left, kafkas) { #expect(our == their) }
        #expect(left.count == kafkas.count)
        #expect(
            log.view.withLock { $0.segments.map(\.baseOffset) }
                == expected.view.withLock { $0.segments.map(\.baseOffset) })
        #expect(try transactionIndexes(ours.logPath) == transactionIndexes("\(Self.fixtures)/after-\(round)"))
    }
}
