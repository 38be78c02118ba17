import Bytes
import Files
import Synchronization
import Testing

@testable import LogStorage

@Suite struct FlushTests {
    /// Outcomes of waits, in the order in which they came.
    private final class Outcomes: Sendable {
        let values = Mutex<[String]>([])
        func note(_ name: String, _ error: LogError?) {
            values.withLock { $0.append("\(name) \(error?.code.rawValue ?? 0)") }
        }
        var all: [String] { values.withLock { $0 } }
    }

    private static func syncing(every messages: Int64) -> LogConfig {
        var config = LogConfig()
        config.flushMessages = messages
        return config
    }

    @Test func anAppendThatMustBeOnDiskIsReadableAndAnsweredOnlyThen() throws {
        let logs = try TestLogs()
        let (environment, _, committer) = logs.manualEnvironment()
        let log = try logs.openLog(Self.syncing(every: 1), environment: environment)
        let outcomes = Outcomes()
        let result = try log.append(.data(2))
        #expect(result.isFlushDue)
        log.whenFlushed(upTo: result.lastOffset + 1) { outcomes.note("first", $0) }
        #expect(outcomes.all.isEmpty && log.highWatermark == 0 && log.logEndOffset == 2 && log.recoveryPoint == 0)
        #expect(try log.read(from: 0, maxBytes: 1000).records == nil)
        committer.runAll()
        #expect(outcomes.all == ["first 0"] && log.highWatermark == 2 && log.recoveryPoint == 2)
        #expect(try log.read(from: 0, maxBytes: 1000).batches().count == 1)
        log.whenFlushed(upTo: 2) { outcomes.note("again", $0) }
        #expect(outcomes.all == ["first 0", "again 0"])
    }

    @Test func everySoManyRecordsASyncIsDue() throws {
        let logs = try TestLogs()
        let (environment, _, committer) = logs.manualEnvironment()
        let log = try logs.openLog(Self.syncing(every: 3), environment: environment)
        #expect(try !log.append(.data(1)).isFlushDue)
        #expect(log.highWatermark == 1)
        #expect(try log.append(.data(2)).isFlushDue)
        // The sync is on its way: what comes behind it is not readable before it.
        #expect(try !log.append(.data(1)).isFlushDue)
        #expect(log.highWatermark == 1)
        committer.runAll()
        #expect(log.recoveryPoint == 3 && log.highWatermark == 4)
        #expect(try !log.append(.data(1)).isFlushDue)
        #expect(log.highWatermark == 5)
        #expect(try log.append(.data(1)).isFlushDue)
    }

    @Test func manyWhoWaitShareOneSync() throws {
        let disk = SimulatedFileSystem(seed: 4)
        let logs = try TestLogs(simulated: disk)
        let (environment, _, committer) = logs.manualEnvironment()
        let log = try logs.openLog(Self.syncing(every: 1), environment: environment)
        // The first sync of a segment is also one of its directory.
        try log.append(.data(1))
        committer.runAll()
        let before = disk.syncCount
        let outcomes = Outcomes()
        for index in 0..<8 {
            let end = try log.append(.data(1)).lastOffset + 1
            log.whenFlushed(upTo: end) { outcomes.note("\(index)", $0) }
        }
        #expect(committer.jobCount == 1)
        committer.runAll()
        #expect(outcomes.all == (0..<8).map { "\($0) 0" })
        #expect(disk.syncCount == before + 1)
    }

    @Test func whoWaitsForOnePartitionDoesNotWaitForAnother() throws {
        let logs = try TestLogs()
        let (environment, _, committer) = logs.manualEnvironment()
        let registry = try logs.openRegistry(environment)
        let config = SharedLogConfig(Self.syncing(every: 1))
        let (one, other) = (
            try registry.createLog(TopicPartition(topic: "t", partition: 0), topicId: .random(), config: config),
            try registry.createLog(TopicPartition(topic: "t", partition: 1), topicId: .random(), config: config)
        )
        try one.append(.data(1))
        try other.append(.data(1))
        let syncedOthers = Mutex<[Int64]>([])
        one.whenFlushed(upTo: 1) { _ in syncedOthers.withLock { $0.append(other.recoveryPoint) } }
        other.whenFlushed(upTo: 1) { _ in syncedOthers.withLock { $0.append(one.recoveryPoint) } }
        committer.runAll()
        // Answered with its own sync, before the other's; and the other one after both.
        #expect(syncedOthers.withLock { $0 } == [0, 1])
        registry.close()
    }

    @Test func aDuplicateWaitsForTheSyncOfTheBatchItIsACopyOf() throws {
        let logs = try TestLogs()
        let (environment, _, committer) = logs.manualEnvironment()
        let log = try logs.openLog(Self.syncing(every: 1), environment: environment)
        try log.append(.produced(7, sequence: 0))
        let duplicate = try log.append(.produced(7, sequence: 0))
        #expect(duplicate.isDuplicate && duplicate.isFlushDue)
        committer.runAll()
        #expect(try !log.append(.produced(7, sequence: 0)).isFlushDue)
    }

    @Test func aFailedSyncTakesTheDirectoryOfflineAndNoneIsReportedDoneFromThenOn() throws {
        let disk = SimulatedFileSystem(seed: 5)
        let logs = try TestLogs(simulated: disk)
        let (environment, _, committer) = logs.manualEnvironment()
        let log = try logs.openLog(Self.syncing(every: 1), environment: environment)
        let outcomes = Outcomes()
        disk.failSync(number: 1)
        for name in ["a", "b"] {
            let end = try log.append(.data(1)).lastOffset + 1
            log.whenFlushed(upTo: end) { outcomes.note(name, $0) }
        }
        committer.runAll()
        #expect(outcomes.all == ["a 56", "b 56"])
        #expect(log.highWatermark == 0 && log.recoveryPoint == 0)
        #expect(refusal { try log.append(.data(1)) } == .kafkaStorageError)
        log.whenFlushed(upTo: 1) { outcomes.note("later", $0) }
        #expect(outcomes.all.last == "later 56")
        #expect(refusal { try log.flush() } == .kafkaStorageError)
    }

    @Test func closingAnswersWhoStillWaits() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        let registry = try logs.openRegistry(environment)
        let log = try registry.createLog(
            TestLogs.partition, topicId: .random(), config: SharedLogConfig(Self.syncing(every: 1)))
        let outcomes = Outcomes()
        try log.append(.data(1))
        log.whenFlushed(upTo: 1) { outcomes.note("a", $0) }
        registry.close()
        #expect(outcomes.all == ["a 0"])
    }

    @Test func afterSomeTimeWhatIsNotSyncedIs() throws {
        let logs = try TestLogs()
        let (environment, worker, committer) = logs.manualEnvironment()
        var config = LogConfig()
        config.flushMs = 500
        let log = try logs.openLog(config, environment: environment)
        try log.append(.data(1))
        logs.nowMs += 300
        try log.append(.data(1))
        worker.runAll()
        committer.runAll()
        #expect(log.recoveryPoint == 0 && log.highWatermark == 2)
        logs.nowMs += 200
        worker.runAll()
        committer.runAll()
        #expect(log.recoveryPoint == 2)
        #expect(worker.jobCount == 0)
    }

    @Test func realThreadsSyncSeveralPartitionsForAllWhoWait() throws {
        let logs = try TestLogs()
        let environment = logs.environment()
        let registry = try logs.openRegistry(environment)
        let config = SharedLogConfig(Self.syncing(every: 1))
        let outcomes = Outcomes()
        for partition in 0..<6 {
            let log = try registry.createLog(
                TopicPartition(topic: "t", partition: Int32(partition)), topicId: .random(), config: config)
            for _ in 0..<5 {
                let end = try log.append(.data(1)).lastOffset + 1
                log.whenFlushed(upTo: end) { outcomes.note("\(partition)", $0) }
            }
        }
        let all = registry.logs
        registry.close()
        #expect(outcomes.all.sorted() == (0..<6).flatMap { Array(repeating: "\($0) 0", count: 5) })
        #expect(all.allSatisfy { $0.recoveryPoint == 5 && $0.highWatermark == 5 })
    }

    @Test func aSegmentLeftBehindIsOnDiskWithItsIndexes() throws {
        for seed in 0..<40 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            let logs = try TestLogs(simulated: disk)
            let (environment, worker, _) = logs.manualEnvironment()
            var config = LogConfig()
            config.indexIntervalBytes = 0
            config.segmentSizeBytes = 1000
            let log = try logs.openLog(config, environment: environment)
            for index in 0..<9 {
                try log.append(.produced(1, sequence: Int32(index), timestampMs: Int64(1000 + index)))
                // A sync right before the roll must not make the roll forget the indexes.
                try log.flush()
            }
            try log.append(.data(1, valueBytes: 900))
            #expect(log.segmentCount == 2)
            worker.runAll()
            #expect(log.recoveryPoint == 9)
            let indexes = try ["index", "timeindex"].map { try logs.contents("00000000000000000000.\($0)") }
            let snapshot = try logs.contents("00000000000000000009.snapshot")
            disk.restart(after: .power)
            #expect(try ["index", "timeindex"].map { try logs.contents("00000000000000000000.\($0)") } == indexes)
            #expect(try logs.contents("00000000000000000009.snapshot") == snapshot)
            #expect(indexes[0].count == 8 * 8 && indexes[1].count == 8 * 12)
        }
    }

    @Test func theCheckpointLeavesNoSegmentBehindWhoseIndexesAreNotSynced() throws {
        // Another thread may write the checkpoint at any time: between a roll and the sync of what was rolled, too.
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
        let (environment, worker, _) = place.manualEnvironment()
        let registry = try place.openRegistry(environment)
        let log = try registry.createLog(TestLogs.partition, topicId: .zero, config: SharedLogConfig(LogConfig()))
        func checkpointed() throws -> Int64? {
            let directory = registry.directories[0]
            try directory.write(.recoveryPoint) { [log] }
            return try directory.read(.recoveryPoint)[TestLogs.partition]
        }
        try log.append(.data(3))
        try log.flush()
        // The next segment may begin at 3: a start that finds 2 goes over this one.
        #expect(log.recoveryPoint == 3)
        #expect(try checkpointed() == 2)
        try log.roll()
        #expect(try checkpointed() == 0)
        worker.runAll()
        #expect(try checkpointed() == 3)
        try log.append(.data(1))
        try log.flush()
        registry.close()
        #expect(try place.text(OffsetCheckpoint.recoveryPoint.rawValue).contains("t 0 4\n"))
    }
}
