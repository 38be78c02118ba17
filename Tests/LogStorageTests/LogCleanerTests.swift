// When logs are cleaned, and what is remembered of it.

import Files
import Records
import Testing

@testable import LogStorage

@Suite struct LogCleanerTests {
    private static let compacted = TopicPartition(topic: "compacted", partition: 0)
    private static let plain = TopicPartition(topic: "plain", partition: 0)

    /// A registry with a compacted log and another one, and the queue that its cleaner works in.
    private struct Bench {
        let place: TestLogs
        let registry: LogRegistry
        let worker: ManualWorkQueue
        let cleaner: ManualWorkQueue

        init(_ disk: SimulatedFileSystem = SimulatedFileSystem(seed: 1)) throws {
            place = try TestLogs(simulated: disk)
            let (environment, worker, _) = place.manualEnvironment()
            self.worker = worker
            let directory = try LogDirectory.open(place.folder, environment: environment)
            registry = LogRegistry(directories: [directory], environment: environment)
            try registry.loadLogs { topic in
                SharedLogConfig(topic == "compacted" ? CleaningHistory.config : LogConfig())
            }
            let place = self.place
            cleaner = ManualWorkQueue(now: { place.nowMs })
            registry.startCleaner(CleanerSettings(), workers: [cleaner])
        }

        func log(_ partition: TopicPartition) throws -> PartitionLog {
            let config = partition.topic == "compacted" ? CleaningHistory.config : LogConfig()
            return try registry.createLog(partition, topicId: .zero, config: SharedLogConfig(config))
        }

        func append(_ log: PartitionLog, _ key: UInt8) throws {
            var builder = RecordBatchBuilder()
            builder.append(timestamp: 1000, key: [key], value: [key])
            let batch = builder.build()
            _ = try log.append(try #require(batch).bytes, leaderEpoch: 0)
        }

        func run() {
            worker.runAll()
            place.nowMs += 15_000
            worker.runAll()
            cleaner.runAll()
        }
    }

    @Test func nothingRunsUntilACompactedLogIsRolled() throws {
        let bench = try Bench()
        let plain = try bench.log(Self.plain)
        let log = try bench.log(Self.compacted)
        try bench.append(plain, 1)
        try plain.roll()
        try bench.append(log, 1)
        bench.run()
        #expect(bench.cleaner.jobCount == 0)
        try log.roll()
        bench.worker.runAll()
        #expect(bench.cleaner.jobCount == 1)
        bench.run()
        // Clean, and nothing to wait for.
        #expect(bench.cleaner.jobCount == 0)
        #expect(try bench.place.text("cleaner-offset-checkpoint") == "0\n1\ncompacted 0 1\n")
    }

    @Test func otherSettingsAreFollowedWhileItRuns() throws {
        let bench = try Bench()
        let log = try bench.log(Self.compacted)
        try bench.append(log, 1)
        try log.roll()
        bench.run()
        let former = bench.registry.cleaner.withLock { $0 }
        bench.registry.updateCleaner(CleanerSettings())
        #expect(bench.registry.cleaner.withLock { $0 } === former, "nothing is different")
        var settings = CleanerSettings()
        settings.threads = 2
        bench.registry.updateCleaner(settings)
        let new = try #require(bench.registry.cleaner.withLock { $0 })
        #expect(new !== former && new.settings == settings)
        #expect(new.cleanedOffset(of: log) == 1, "what was cleaned stays known")
        bench.registry.close()
    }

    @Test func whatWasCleanedIsRememberedAcrossARestartAndForgottenWithTheLog() throws {
        let disk = SimulatedFileSystem(seed: 1)
        var bench = try Bench(disk)
        var log = try bench.log(Self.compacted)
        for _ in 0..<3 { try bench.append(log, 1) }
        try log.roll()
        bench.run()
        #expect(try log.dataRecords().map(\.offset) == [2])
        bench.registry.close()

        bench = try Bench(disk)
        log = try bench.log(Self.compacted)
        #expect(bench.registry.cleaner.withLock { $0 }?.cleanedOffset(of: log) == 3)
        try bench.registry.deleteLog(Self.compacted)
        bench.run()
        #expect(try bench.place.text("cleaner-offset-checkpoint") == "0\n0\n")
        bench.registry.close()
    }

    @Test func aDamagedLogIsLeftAloneAndTheOthersAreCleaned() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let bench = try Bench(disk)
        let other = TopicPartition(topic: "compacted", partition: 1)
        let logs = try [Self.compacted, other].map { try bench.log($0) }
        for log in logs {
            for _ in 0..<3 { try bench.append(log, 1) }
            try log.roll()
        }
        try disk.damage("/data/compacted-0/00000000000000000000.log", at: 70) { $0 ^ 1 }
        bench.run()
        #expect(try bench.place.text("cleaner-offset-checkpoint") == "0\n1\ncompacted 1 3\n")
        #expect(bench.place.warnings.count == 1)
        #expect(bench.registry.directories[0].failure == nil)
    }
}
