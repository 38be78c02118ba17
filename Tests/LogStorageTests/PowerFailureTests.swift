import Files
import KafkaWire
import Testing

@testable import LogStorage

/// What the power takes, and what a start that is broken off leaves behind, at the places where thousands of simulated
/// histories once found something.
@Suite struct PowerFailureTests {
    @Test func whatAStartCutsOffItSaysBeforeItIsCut() throws {
        let disk = SimulatedFileSystem(seed: 3)
        let logs = try TestLogs(simulated: disk)
        let log = try logs.openLog()
        for _ in 0..<2 { try log.append(.data(1)) }
        try log.flush()
        disk.restart(after: .process)
        let sizeBytes = try logs.contents(TestLogs.log).count
        try disk.damage(logs.path(TestLogs.log), at: sizeBytes - 1) { $0 ^ 1 }
        let image = disk.image
        var cuts = 0
        for call in 1...12 {
            disk.restore(image)
            disk.crash(atCall: call)
            let warned = logs.warnings.count
            _ = try? logs.openLog()
            disk.restart(after: .process)
            guard try logs.contents(TestLogs.log).count < sizeBytes else { continue }
            cuts += 1
            #expect(logs.warnings.count > warned, "a crash at call \(call)")
        }
        #expect(cuts > 3)
    }

    @Test func segmentsThatWereDroppedUnsyncedAndComeBackAreGoneOver() throws {
        for seed in UInt64(1)...24 {
            let disk = SimulatedFileSystem(seed: seed)
            let logs = try TestLogs(simulated: disk)
            let (environment, worker, _) = logs.manualEnvironment()
            let registry = try logs.openRegistry(environment)
            let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
            worker.runAll()
            try log.append(.data(1, timestampMs: 1000))
            try log.append(.data(1, timestampMs: 2000))
            try log.flush()
            // Its indexes are to be synced by the worker, which does not come to it.
            try log.roll()
            _ = try log.deleteRecords(before: 2)
            disk.crash(atCall: seed < 12 ? Int(seed) : nil)
            _ = try? log.deleteOldSegments()
            try? registry.directories[0].write(.recoveryPoint) { [log] }
            disk.restart(after: .power)
            let found = try #require(try logs.openRegistry().log(TestLogs.partition))
            #expect(found.logEndOffset == 2)
            guard found.logStartOffset == 0 else { continue }
            #expect(try found.offset(forTimestamp: 2000)?.offset == 1, "seed \(seed)")
        }
    }

    @Test(arguments: [false, true])
    func recordsOnDiskBelongToATopicThere(isKilledBefore: Bool) throws {
        for seed in UInt64(1)...12 {
            let disk = SimulatedFileSystem(seed: seed)
            let logs = try TestLogs(simulated: disk)
            let topicId = Uuid.random()
            var log = try logs.openRegistry().createLog(TestLogs.partition, topicId: topicId, config: .standard)
            try log.append(.data(1))
            if isKilledBefore {
                disk.restart(after: .process)
                log = try #require(try logs.openRegistry().log(TestLogs.partition))
            }
            try log.flush()
            // The worker, which was to sync the new files, did not come to it.
            disk.restart(after: .power)
            let found = try #require(try logs.openRegistry().log(TestLogs.partition))
            #expect(found.logEndOffset == 1)
            #expect(found.topicId == topicId, "seed \(seed)")
        }
    }

    @Test(arguments: [false, true])
    func recordsOfWhichNobodySaysWhoseTheyAreAreATopicsOnlyAfterACleanStop(isClean: Bool) throws {
        let logs = try TestLogs(simulated: SimulatedFileSystem(seed: 5))
        let topicId = Uuid.random()
        let empty = TopicPartition(topic: "t", partition: 1)
        var registry = try logs.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: topicId, config: .standard)
        try log.append(.data(1))
        #expect(!registry.isStray(log, of: topicId) && registry.isStray(log, of: .random()))
        #expect(registry.isStray(log, of: nil))
        registry.close()
        let path = FilePath.join(logs.folder, CleanShutdownFile.fileName)
        if !isClean { try logs.fileSystem.removeFile(path) }
        try logs.overwrite("partition.metadata", [])
        try logs.fileSystem.createDirectory(FilePath.join(logs.folder, empty.description))
        registry = try logs.openRegistry()
        #expect(registry.isStray(try #require(registry.log(TestLogs.partition)), of: topicId) == !isClean)
        // Its making was cut short.
        #expect(!registry.isStray(try #require(registry.log(empty)), of: topicId))
        registry.close()
    }

    @Test func aLogThatTakesTheNameOfOneSetAsideIsGoneOverFromItsBeginning() throws {
        let logs = try TestLogs(simulated: SimulatedFileSystem(seed: 6))
        var registry = try logs.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        for _ in 0..<5 { try log.append(.data(1)) }
        _ = try log.deleteRecords(before: 2)
        registry.close()
        #expect(try logs.text("recovery-point-offset-checkpoint") == "0\n1\nt 0 5\n")
        registry = try logs.openRegistry()
        try registry.setAsideLog(TestLogs.partition)
        _ = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        // Else, after a crash, what of it is before the other's recovery point would be believed to be on disk.
        #expect(try !logs.text("recovery-point-offset-checkpoint").contains("t 0 5"))
        #expect(try logs.text("log-start-offset-checkpoint") == "0\n0\n")
        registry.close()
    }
}
