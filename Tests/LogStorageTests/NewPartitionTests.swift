// What is on disk of a new partition, and when: its files come after it.

import Bytes
import Files
import KafkaWire
import Testing

@testable import LogStorage

@Suite struct NewPartitionTests {
    private static let topicId = Uuid(mostSignificantBits: 1, leastSignificantBits: 2)
    private static let files = [
        "00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex",
        "partition.metadata",
    ]

    private struct Bench {
        let disk = SimulatedFileSystem(seed: 1)
        let place: TestLogs
        let registry: LogRegistry
        let worker: ManualWorkQueue

        init() throws {
            place = try TestLogs(simulated: disk)
            let (environment, worker, _) = place.manualEnvironment()
            self.worker = worker
            registry = try place.openRegistry(environment)
        }

        func create(_ partition: TopicPartition = TestLogs.partition) throws -> PartitionLog {
            try registry.createLog(partition, topicId: NewPartitionTests.topicId, config: SharedLogConfig(LogConfig()))
        }

        var directories: [String] {
            get throws { try disk.entries(of: place.folder).filter(\.isDirectory).map(\.name).sorted() }
        }
    }

    @Test func filesAreMadeInTheBackground() throws {
        let bench = try Bench()
        let log = try bench.create()
        #expect(try bench.directories == [])
        bench.worker.runAll()
        #expect(try bench.place.names() == Self.files)
        #expect(try bench.place.contents("partition.metadata") == Array("version: 0\ntopic_id: \(Self.topicId)".utf8))
        #expect(log.logEndOffset == 0)
    }

    @Test func filesAreSyncedInTheBackgroundManyAtOnce() throws {
        for count in [Int32(2), 40] {
            let bench = try Bench()
            let partitions = (0..<count).map { TopicPartition(topic: "t", partition: $0) }
            for partition in partitions { _ = try bench.create(partition) }
            bench.worker.runAll()
            let names = try bench.directories
            #expect(names.count == Int(count))
            bench.disk.restart(after: .power)
            #expect(try bench.directories == names)
            #expect(try bench.place.names() == Self.files)
        }
    }

    @Test func theFirstAppendMakesTheFilesItself() throws {
        let bench = try Bench()
        let log = try bench.create()
        try log.assignLeaderEpoch(3)
        try log.append(TestBatch.data(2), leaderEpoch: 3)
        #expect(try bench.place.names() == Self.files)
        #expect(try log.readAll().count == 1)
        bench.worker.runAll()
        #expect(try bench.place.names() == (Self.files + ["leader-epoch-checkpoint"]).sorted())
        #expect(try log.readAll().count == 1)
    }

    @Test func anAppendThatIsRefusedMakesNothing() throws {
        let bench = try Bench()
        let log = try bench.create()
        #expect(throws: LogError.self) { _ = try log.append(ByteSlice(copying: [1, 2, 3]), leaderEpoch: 0) }
        #expect(try bench.directories == [])
    }

    @Test func questionsToAnEmptyLogMakeNothing() throws {
        let bench = try Bench()
        let log = try bench.create()
        for timestamp in [Int64(-6), -5, -4, -3, -2, -1, 0, 1_000] { _ = try log.offset(forTimestamp: timestamp) }
        #expect(try log.read(from: 0, maxBytes: 100).records == nil)
        #expect(try log.deleteRecords(before: -1) == 0)
        #expect(try log.deleteOldSegments() == 0)
        try log.flush()
        #expect(try bench.directories == [])
        #expect(bench.registry.directories[0].failure == nil)
    }

    @Test func aPartitionDeletedBeforeItsFilesWereMadeLeavesNothing() throws {
        let bench = try Bench()
        let log = try bench.create()
        try bench.registry.deleteLog(TestLogs.partition)
        bench.worker.runAll()
        #expect(try bench.directories == [])
        #expect(refusal { try log.append(TestBatch.data(1)) } == .kafkaStorageError)
        // One of the same name has files of its own.
        _ = try bench.create()
        bench.worker.runAll()
        #expect(try bench.place.names() == Self.files)
        #expect(bench.registry.directories[0].failure == nil)
    }

    @Test func aStopBeforeTheFilesAreMadeIsACleanOne() throws {
        let bench = try Bench()
        _ = try bench.create()
        bench.registry.close()
        #expect(try bench.directories == [])
        #expect(try bench.place.text(".kafka_cleanshutdown").contains("version"))
        let (environment, worker, _) = bench.place.manualEnvironment()
        let registry = try bench.place.openRegistry(environment)
        let log = try registry.createLog(
            TestLogs.partition, topicId: Self.topicId, config: SharedLogConfig(LogConfig()))
        worker.runAll()
        try log.append(TestBatch.data(1))
        #expect(log.logEndOffset == 1)
    }

    @Test func filesThatCannotBeMadeTakeTheDirectoryOffline() throws {
        let bench = try Bench()
        let log = try bench.create()
        bench.disk.setCapacity(bytes: 0)
        bench.worker.runAll()
        #expect(bench.registry.directories[0].failure != nil)
        #expect(refusal { try log.append(TestBatch.data(1)) } == .kafkaStorageError)
    }

    @Test func anEpochWithoutRecordsIsNotWritten() throws {
        let bench = try Bench()
        let log = try bench.create()
        try log.assignLeaderEpoch(0)
        bench.worker.runAll()
        #expect(try bench.place.names() == Self.files)
        try log.append(TestBatch.data(1), leaderEpoch: 0)
        bench.worker.runAll()
        let written = try bench.place.contents("leader-epoch-checkpoint")
        #expect(String(decoding: written, as: UTF8.self) == "0\n1\n0 0\n")
        bench.registry.close()
        // The next two lives lead in new epochs and write nothing.
        for epoch in [Int32(2), 4] {
            let (environment, worker, _) = bench.place.manualEnvironment()
            let registry = try bench.place.openRegistry(environment)
            let log = try #require(registry.log(TestLogs.partition))
            try log.assignLeaderEpoch(epoch)
            worker.runAll()
            #expect(log.endOffset(forEpoch: epoch) == EpochEndOffset(leaderEpoch: epoch, endOffset: 1))
            registry.close()
            #expect(try bench.place.contents("leader-epoch-checkpoint") == written)
        }
    }

    @Test func aPartitionOfADeletedOnesNameDoesNotHaveItsStartOffset() throws {
        let bench = try Bench()
        let former = try bench.create()
        try former.append(TestBatch.data(5))
        _ = try former.deleteRecords(before: 3)
        bench.place.nowMs += 60_000
        bench.worker.runAll()
        #expect(try bench.place.text("log-start-offset-checkpoint").contains("3"))
        try bench.registry.deleteLog(TestLogs.partition)
        let log = try bench.create()
        try log.append(TestBatch.data(1))
        try log.flush()
        // Nothing was done in the background since.
        bench.disk.restart(after: .process)
        let (environment, _, _) = bench.place.manualEnvironment()
        let found = try #require(try bench.place.openRegistry(environment).log(TestLogs.partition))
        #expect(found.logStartOffset == 0 && found.logEndOffset == 1)
    }

    @Test func deletingAndMakingAnewWriteTheCheckpointsOneAfterTheOther() throws {
        // The worker is a thread: it writes them for what is deleted while whoever makes the partition anew does.
        let place = try TestLogs()
        let registry = try place.openRegistry(place.environment())
        let config = SharedLogConfig(LogConfig())
        for round in 0..<40 {
            let topicId = Uuid(mostSignificantBits: 1, leastSignificantBits: UInt64(round))
            _ = try registry.createLog(TestLogs.partition, topicId: topicId, config: config)
            try registry.deleteLog(TestLogs.partition)
        }
        #expect(registry.directories[0].failure == nil)
        registry.close()
        #expect(try place.text("recovery-point-offset-checkpoint") == "0\n0\n")
    }

    @Test func manyDeletedAtOnceCostOneCheckpoint() throws {
        let bench = try Bench()
        let partitions = (0..<40).map { TopicPartition(topic: "t", partition: $0) }
        for partition in partitions { _ = try bench.create(partition) }
        bench.worker.runAll()
        bench.place.nowMs += 60_000
        bench.worker.runAll()
        #expect(try bench.place.text("recovery-point-offset-checkpoint").contains("t 39 0"))
        let before = bench.disk.syncCount
        for partition in partitions.dropFirst() { try bench.registry.deleteLog(partition) }
        bench.worker.runAll()
        // Two checkpoints, each with its directory.
        #expect(bench.disk.syncCount - before == 4)
        #expect(try bench.place.text("recovery-point-offset-checkpoint") == "0\n1\nt 0 0\n")
    }
}
