import Bytes
import Files
import Synchronization
import Testing

@testable import LogStorage

@Suite struct RetentionTests {
    /// A log of segments with one record each, of 1 KiB or so.
    private func fill(
        _ logs: TestLogs, _ config: LogConfig, count: Int, environment: LogEnvironment,
        timestampMs: (Int) -> Int64 = { _ in 1000 }
    ) throws -> PartitionLog {
        var config = config
        config.segmentSizeBytes = 1100
        let log = try logs.openLog(config, environment: environment)
        for index in 0..<count { try log.append(.data(1, timestampMs: timestampMs(index), valueBytes: 1000)) }
        return log
    }

    private func keepingForEver() -> LogConfig {
        var config = LogConfig()
        config.retentionMs = -1
        return config
    }

    @Test func withoutLimitsNothingGoes() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        let log = try fill(logs, keepingForEver(), count: 5, environment: environment)
        #expect(try log.deleteOldSegments() == 0)
        #expect(log.segmentCount == 5 && log.logStartOffset == 0)
    }

    @Test func theOldestSegmentsGoWhileTheRestStillHasTheBytesToBeKept() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = keepingForEver()
        let log = try fill(logs, config, count: 5, environment: environment)
        let segmentBytes = log.sizeBytes / 5
        config.retentionBytes = 3 * segmentBytes + 1
        log.updateConfig(SharedLogConfig(config))
        #expect(try log.deleteOldSegments() == 1)
        #expect(log.logStartOffset == 1 && log.sizeBytes == 4 * segmentBytes)
        config.retentionBytes = 3 * segmentBytes
        log.updateConfig(SharedLogConfig(config))
        #expect(try log.deleteOldSegments() == 1)
        #expect(try log.readAll(from: 2).map(\.baseOffset) == [2, 3, 4])
        #expect(refusal { _ = try log.read(from: 1, maxBytes: 100) } == .offsetOutOfRange)
    }

    @Test func segmentsGoByTheLargestTimestampInThem() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = LogConfig()
        config.retentionMs = 1000
        logs.nowMs = 10_000
        let log = try fill(logs, config, count: 4, environment: environment) { [8999, 9000, 8000, 9500][$0] }
        // The third is old enough, but stands behind one that is not.
        #expect(try log.deleteOldSegments() == 1)
        #expect(log.logStartOffset == 1)
        logs.nowMs = 10_001
        #expect(try log.deleteOldSegments() == 2)
        #expect(log.logStartOffset == 3)
    }

    @Test func whenEverythingIsTooOldTheLogGoesOnInAnEmptySegment() throws {
        let logs = try TestLogs()
        let (environment, worker, _) = logs.manualEnvironment()
        var config = LogConfig()
        config.retentionMs = 1000
        let log = try fill(logs, config, count: 3, environment: environment)
        logs.nowMs = 1_000_000
        #expect(try log.deleteOldSegments() == 3)
        #expect(log.segmentCount == 1 && log.logStartOffset == 3 && log.logEndOffset == 3 && log.sizeBytes == 0)
        #expect(try log.deleteOldSegments() == 0)
        #expect(try log.append(.data(1)).firstOffset == 3)
        logs.nowMs += 60_000
        worker.runAll()
        try log.close()
        let again = try logs.openLog(config, clean: true, recoveryPoint: 4)
        #expect(again.logStartOffset == 3 && again.logEndOffset == 4)
    }

    @Test func untimedRecordsGoByTheAgeOfTheirFile() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = LogConfig()
        config.retentionMs = 1000
        logs.nowMs = LogEnvironment.systemTimeMs()
        let log = try fill(logs, config, count: 3, environment: environment) { _ in -1 }
        #expect(try log.deleteOldSegments() == 0)
        logs.nowMs += 60_000
        #expect(try log.deleteOldSegments() == 3)
    }

    @Test func nothingAboveTheHighWatermarkGoes() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = keepingForEver()
        config.retentionBytes = 0
        let log = try fill(logs, config, count: 1, environment: environment)
        log.setHighWatermarkFollowsEnd(false)
        for _ in 0..<3 { try log.append(.data(1, valueBytes: 1000)) }
        log.advanceHighWatermark(to: 2)
        #expect(try log.deleteOldSegments() == 2)
        #expect(log.logStartOffset == 2 && log.logEndOffset == 4)
    }

    @Test func compactedTopicsLoseWhatIsBeforeTheirStartAlone() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = LogConfig()
        config.cleanupPolicy = .compact
        config.retentionMs = 1
        config.retentionBytes = 0
        let log = try fill(logs, config, count: 4, environment: environment)
        try log.advanceLogStartOffset(to: 2)
        #expect(try log.deleteOldSegments() == 2)
        #expect(log.segmentCount == 2 && log.logStartOffset == 2)
    }

    @Test func filesGetANameOfTheirOwnAndGoAfterTheDelay() throws {
        let logs = try TestLogs()
        let (environment, worker, _) = logs.manualEnvironment()
        var config = keepingForEver()
        config.retentionBytes = 1100
        config.fileDeleteDelayMs = 5000
        let log = try fill(logs, config, count: 3, environment: environment)
        worker.runAll()
        #expect(try log.deleteOldSegments() == 1)
        let deleted = try logs.names().filter { $0.hasSuffix(".deleted") }
        #expect(deleted.sorted() == ["index", "log", "timeindex"].map { "00000000000000000000.\($0).deleted" })
        #expect(try !logs.names().contains("00000000000000000000.log"))
        logs.nowMs += 4999
        worker.runAll()
        #expect(try logs.names().contains("00000000000000000000.log.deleted"))
        logs.nowMs += 1
        worker.runAll()
        #expect(try !logs.names().contains { $0.hasSuffix(".deleted") })
    }

    @Test func aReaderInFlightKeepsItsBytes() throws {
        let logs = try TestLogs()
        let (environment, worker, _) = logs.manualEnvironment()
        var config = keepingForEver()
        config.retentionBytes = 0
        config.fileDeleteDelayMs = 0
        let log = try fill(logs, config, count: 3, environment: environment)
        let held = try log.read(from: 0, maxBytes: 10_000)
        let before = try held.bytes().array
        #expect(try log.deleteOldSegments() == 3)
        worker.runAll()
        #expect(try !logs.names().contains { $0.hasPrefix("00000000000000000000.log") })
        #expect(try held.bytes().array == before && before.count > 1000)
    }

    @Test func whatWasBeingDeletedIsGoneAfterACrash() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = keepingForEver()
        config.retentionBytes = 1100
        let log = try fill(logs, config, count: 3, environment: environment)
        #expect(try log.deleteOldSegments() == 1)
        let again = try logs.openLog(config)
        #expect(again.logStartOffset == 1 && again.logEndOffset == 3)
        #expect(try !logs.names().contains { $0.hasSuffix(".deleted") })
    }

    // MARK: DeleteRecords

    @Test func deletedRecordsAreOutOfReachAndTheirSegmentsGoWithTheNextCheck() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        let log = try fill(logs, keepingForEver(), count: 4, environment: environment)
        #expect(try log.deleteRecords(before: 2) == 2)
        #expect(log.logStartOffset == 2 && log.segmentCount == 4)
        #expect(refusal { _ = try log.read(from: 1, maxBytes: 100) } == .offsetOutOfRange)
        #expect(try log.deleteRecords(before: 1) == 2)
        #expect(try log.deleteOldSegments() == 2)
        #expect(try log.deleteRecords(before: -1) == 4)
        #expect(try log.deleteOldSegments() == 1)
        #expect(log.segmentCount == 1 && log.logEndOffset == 4)
    }

    @Test func recordsBeyondTheHighWatermarkAndOfCompactedTopicsAreNotDeleted() throws {
        let logs = try TestLogs()
        let (environment, _, _) = logs.manualEnvironment()
        var config = keepingForEver()
        let log = try fill(logs, config, count: 2, environment: environment)
        #expect(refusal { _ = try log.deleteRecords(before: 3) } == .offsetOutOfRange)
        #expect(refusal { _ = try log.deleteRecords(before: -2) } == .offsetOutOfRange)
        for (policy, expected) in [
            (CleanupPolicy.compact, LogErrorCode.policyViolation), ([.compact, .delete], nil), ([], nil),
        ] {
            config.cleanupPolicy = policy
            log.updateConfig(SharedLogConfig(config))
            #expect(refusal { _ = try log.deleteRecords(before: 1) } == expected)
        }
    }

    @Test func theStartOffsetSurvivesInTheCheckpoint() throws {
        let place = try TestLogs()
        let registry = try place.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        for _ in 0..<5 { try log.append(.data(1)) }
        #expect(try log.deleteRecords(before: 3) == 3)
        registry.close()
        let again = try place.openRegistry()
        let reopened = try #require(again.log(TestLogs.partition))
        #expect(reopened.logStartOffset == 3 && reopened.logEndOffset == 5)
        again.close()
        #expect(try place.text("log-start-offset-checkpoint") == "0\n1\nt 0 3\n")
        #expect(try place.text("recovery-point-offset-checkpoint") == "0\n1\nt 0 5\n")
        #expect(try place.text("replication-offset-checkpoint") == "0\n1\nt 0 5\n")
    }

    @Test func theRegistryChecksAllLogsByTheClock() throws {
        let place = try TestLogs()
        let (environment, worker, _) = place.manualEnvironment()
        let registry = try place.openRegistry(environment)
        var config = LogConfig()
        config.segmentSizeBytes = 1100
        config.retentionMs = 1000
        let deleted = try registry.createLog(TestLogs.partition, topicId: .random(), config: SharedLogConfig(config))
        config.cleanupPolicy = [.compact, .delete]
        let compacted = try registry.createLog(
            TopicPartition(topic: "c", partition: 0), topicId: .random(), config: SharedLogConfig(config))
        for log in [deleted, compacted] { for _ in 0..<3 { try log.append(.data(1, valueBytes: 1000)) } }
        registry.startBackgroundWork(RetentionSchedule(initialDelayMs: 30_000, checkIntervalMs: 300_000))
        place.nowMs += 29_999
        worker.runAll()
        #expect(deleted.segmentCount == 3)
        place.nowMs += 1
        worker.runAll()
        for log in [deleted, compacted] { #expect(log.segmentCount == 1 && log.logStartOffset == 3) }
        try deleted.append(.data(1))
        place.nowMs += 300_000
        worker.runAll()
        #expect(deleted.logStartOffset == 4)
        registry.close()
        #expect(worker.jobCount == 0)
    }
}

/// The directory of a log that was deleted.
@Suite struct DeletedDirectoryTests {
    @Test func itGoesWhenTheBrokersSettingSaysWhateverTheTopicsSays() throws {
        let place = try TestLogs()
        let (environment, worker, _) = place.manualEnvironment()
        let registry = try place.openRegistry(environment)
        func deleteOne(topicSays delayMs: Int64) throws {
            var config = LogConfig()
            config.fileDeleteDelayMs = delayMs
            _ = try registry.createLog(TestLogs.partition, topicId: .random(), config: SharedLogConfig(config))
            worker.runAll()
            try registry.deleteLog(TestLogs.partition)
        }
        func isThere(afterMs delayMs: Int64) throws -> Bool {
            place.nowMs += delayMs
            worker.runAll()
            return try place.fileSystem.entries(of: place.folder).contains { $0.name.hasSuffix("-delete") }
        }
        try deleteOne(topicSays: 1000)
        #expect(try isThere(afterMs: 59_999))
        #expect(try !isThere(afterMs: 1))
        registry.updateDeletionDelay(ms: 2000)
        try deleteOne(topicSays: 600_000)
        #expect(try isThere(afterMs: 1999))
        #expect(try !isThere(afterMs: 1))
        registry.close()
    }
}

/// A topic that was deleted just before a crash is in the checkpoints yet.
@Suite struct CheckpointsOfDeletedLogsTests {
    @Test func aLogOfTheSameNameDoesNotTakeTheStartOffsetOfOneThatIsGone() throws {
        let logs = try TestLogs()
        // As a crash leaves it between the deletion and the next checkpoint.
        let checkpoint = try logs.fileSystem.open(
            FilePath.join(logs.folder, "log-start-offset-checkpoint"), .truncate)
        try checkpoint.write(Array("0\n1\nt 0 5\n".utf8))
        let registry = try logs.openRegistry()
        _ = try registry.createLog(
            TestLogs.partition, topicId: .random(), config: SharedLogConfig(LogConfig()))
        #expect(try !logs.text("log-start-offset-checkpoint").contains("t 0"))
    }
}
