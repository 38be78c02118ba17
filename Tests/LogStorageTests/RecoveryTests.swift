import Bytes
import Files
import Foundation
import Records
import Synchronization
import Testing

@testable import LogStorage

/// What a start makes of files that an unclean stop, or somebody, left damaged.
@Suite struct RecoveryTests {
    /// A log of `count` batches of two records, closed in order.
    private func write(_ logs: TestLogs, count: Int = 10, config: LogConfig = TestLogs.indexed()) throws {
        let log = try logs.openLog(config)
        for index in 0..<count {
            try log.append(
                .produced(1, sequence: Int32(2 * index), count: 2, timestampMs: Int64(1000 + index)), leaderEpoch: 3)
        }
        try log.close()
    }

    @Test(arguments: [1, 30, 60, 61, 75])
    func aTornTailIsCutOff(kept: Int) throws {
        let logs = try TestLogs()
        try write(logs)
        let whole = try logs.contents(TestLogs.log)
        try logs.overwrite(TestLogs.log, whole + TestBatch.data(1).array.prefix(kept))
        let log = try logs.openLog(TestLogs.indexed())
        #expect(log.logEndOffset == 20)
        #expect(try logs.contents(TestLogs.log) == whole)
        #expect(logs.warnings.contains { $0.contains("\(kept) bytes after the first bad batch") })
        #expect(try log.append(.data(1)).firstOffset == 20)
    }

    @Test func everythingFromTheFirstBatchWithAWrongCrcOnIsCutOff() throws {
        let logs = try TestLogs()
        try write(logs)
        var bytes = try logs.contents(TestLogs.log)
        let batchBytes = bytes.count / 10
        bytes[4 * batchBytes + 70] ^= 1
        try logs.overwrite(TestLogs.log, bytes)
        let log = try logs.openLog(TestLogs.indexed())
        #expect(log.logEndOffset == 8)
        #expect(try logs.contents(TestLogs.log) == Array(bytes.prefix(4 * batchBytes)))
        #expect(try log.readAll().map(\.baseOffset) == [0, 2, 4, 6])
        // The producer's next batch is the one that was lost.
        #expect(try log.append(.produced(1, sequence: 8, count: 2)).firstOffset == 8)
    }

    @Test func offsetsThatDoNotFollowAreCutOff() throws {
        let logs = try TestLogs()
        try write(logs, count: 2)
        var again = TestBatch.data(1)
        again.baseOffset = 1
        try logs.overwrite(TestLogs.log, try logs.contents(TestLogs.log) + again.array)
        #expect(try logs.openLog().logEndOffset == 4)
    }

    @Test func segmentsAfterABadBatchAreRemoved() throws {
        let logs = try TestLogs()
        var config = TestLogs.indexed()
        config.segmentSizeBytes = 300
        try write(logs, config: config)
        let names = try logs.names().filter { $0.hasSuffix(".log") }
        #expect(names.count > 3)
        var bytes = try logs.contents(names[1])
        bytes[bytes.count - 1] ^= 0x80
        try logs.overwrite(names[1], bytes)
        let log = try logs.openLog(config, recoveryPoint: 0)
        #expect(log.segmentCount == 2)
        #expect(try logs.names().filter { $0.hasSuffix(".log") } == Array(names.prefix(2)))
        let ends = try log.readAll().map(\.lastOffset)
        #expect(log.logEndOffset == (ends.last ?? -1) + 1)
    }

    @Test func segmentsBeforeTheRecoveryPointAreNotGoneOver() throws {
        let logs = try TestLogs()
        var config = TestLogs.indexed()
        config.segmentSizeBytes = 300
        try write(logs, config: config)
        // Damage that a pass would find.
        var bytes = try logs.contents(TestLogs.log)
        bytes[bytes.count - 1] ^= 0x80
        try logs.overwrite(TestLogs.log, bytes)
        let log = try logs.openLog(config, recoveryPoint: 20)
        #expect(log.logEndOffset == 20 && logs.warnings.isEmpty)
    }

    @Test(arguments: [TestLogs.index, TestLogs.timeIndex])
    func aMissingIndexIsBuiltAnewEvenAfterACleanStop(name: String) throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(name)
        #expect(before.count > 24)
        try logs.fileSystem.removeFile(logs.path(name))
        let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 20)
        #expect(try logs.contents(name) == before)
        #expect(logs.warnings.contains { $0.contains("an index is missing") })
        #expect(try log.readAll().count == 10)
    }

    @Test(arguments: [TestLogs.index, TestLogs.timeIndex])
    func aDamagedIndexIsBuiltAnewAfterAnUncleanStop(name: String) throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(name)
        for damaged in [[], Array(before.dropLast(3)), before.map { $0 ^ 0xFF }, before + before] {
            try logs.overwrite(name, damaged)
            let log = try logs.openLog(TestLogs.indexed())
            #expect(try logs.contents(name) == before)
            try log.close()
        }
    }

    @Test func aDamagedOffsetIndexLeadsNoReaderAstrayAfterACleanStop() throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(TestLogs.index)
        for byte in before.indices {
            var damaged = before
            damaged[byte] ^= 0x15
            try logs.overwrite(TestLogs.index, damaged)
            let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 20)
            for offset in Int64(0)..<20 {
                let batches = try log.read(from: offset, maxBytes: 10).batches()
                #expect(batches.first?.baseOffset == offset / 2 * 2, "byte \(byte), offset \(offset)")
            }
        }
    }

    @Test func aDamagedTransactionIndexIsBuiltAnew() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for transaction in 0..<3 {
            try log.append(.produced(9, sequence: Int32(transaction), transactional: true))
            try log.append(.marker(9, abort: true))
        }
        try log.close()
        let name = "00000000000000000000.txnindex"
        let before = try logs.contents(name)
        #expect(before.count == 3 * 34)
        var flipped = before
        flipped[12] ^= 1
        for damaged in [Array(before.dropLast(1)), flipped, before.map { _ in 7 }] {
            try logs.overwrite(name, damaged)
            let again = try logs.openLog(clean: true, recoveryPoint: 6)
            let read = try again.read(from: 0, maxBytes: 10_000, upTo: .lastStableOffset)
            // A first offset that is wrong and still possible cannot be told from a right one after a clean stop.
            if damaged != flipped {
                #expect(try logs.contents(name) == before)
                #expect(read.abortedTransactions?.map(\.firstOffset) == [0, 2, 4])
            }
            try again.close()
        }
        try logs.overwrite(name, flipped)
        _ = try logs.openLog()
        #expect(try logs.contents(name) == before)
    }

    @Test func aDamagedSnapshotIsPassedOverForTheBatches() throws {
        let logs = try TestLogs()
        try write(logs)
        let name = "00000000000000000020.snapshot"
        let before = try logs.contents(name)
        for byte in before.indices {
            var damaged = before
            damaged[byte] ^= 0x40
            try logs.overwrite(name, damaged)
            let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 20)
            #expect(refusal { try log.append(.produced(1, sequence: 5)) } == .outOfOrderSequenceNumber)
            #expect(try log.append(.produced(1, sequence: 18, count: 2)).isDuplicate)
            #expect(log.logEndOffset == 20)
        }
        #expect(logs.warnings.filter { $0.contains(name) }.count == before.count)
    }

    @Test func aDamagedEpochCheckpointIsReplacedByWhatTheBatchesSay() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for epoch in [2, 2, 5, 7] { try log.append(.data(1), leaderEpoch: Int32(epoch)) }
        try log.close()
        let name = "leader-epoch-checkpoint"
        let before = try logs.contents(name)
        #expect(String(decoding: before, as: UTF8.self) == "0\n3\n2 0\n5 2\n7 3\n")
        for damaged in ["1\n0\n", "0\n3\n2 0\n5 2\n", "0\n1\nx y\n", "0\n", "\u{0}\u{0}"] {
            try logs.overwrite(name, Array(damaged.utf8))
            let again = try logs.openLog(clean: true, recoveryPoint: 4)
            #expect(again.endOffset(forEpoch: 2) == EpochEndOffset(leaderEpoch: 2, endOffset: 2))
            #expect(again.latestLeaderEpoch == 7)
            try again.close()
            #expect(try logs.contents(name) == before)
        }
        #expect(logs.warnings.filter { $0.contains(name) }.count == 5)
    }

    @Test func afterACleanStopNoDataIsRead() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let logs = try TestLogs(simulated: disk)
        let registry = try logs.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        for index in 0..<20 { try log.append(.produced(4, sequence: Int32(index))) }
        registry.close()
        disk.readPaths = []
        let again = try logs.openRegistry()
        #expect(again.log(TestLogs.partition)?.logEndOffset == 20)
        #expect(!disk.readPaths.contains { $0.hasSuffix("log") || $0.hasSuffix("index") }, "\(disk.readPaths)")
        again.close()
    }

    @Test func aCleanStopThatIsALieComesOutBeforeAnythingIsAppended() throws {
        let logs = try TestLogs()
        try write(logs)
        let whole = try logs.contents(TestLogs.log)
        try logs.overwrite(TestLogs.log, Array(whole.dropLast(10)))
        let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 20)
        #expect(try log.append(.produced(1, sequence: 18, count: 2)).firstOffset == 18)
        #expect(logs.warnings.contains { $0.contains("it is checked as a whole") })
        #expect(try log.readAll().map(\.baseOffset) == (0..<10).map { 2 * $0 })
    }

    @Test(arguments: [13, 27, 1 << 40])
    func aRecoveryPointThatIsNotTheLogsEndIsNotBelievedAfterACleanStop(point: Int64) throws {
        let place = try TestLogs()
        let registry = try place.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        for index in Int32(0)..<20 { try log.append(.produced(1, sequence: index)) }
        registry.close()
        let file = FilePath.join(place.folder, "recovery-point-offset-checkpoint")
        try place.fileSystem.replace(file, with: "0\n1\nt 0 \(point)\n".utf8)
        let again = try place.openRegistry()
        let opened = try #require(again.log(TestLogs.partition))
        #expect(opened.logEndOffset == 20 && opened.highWatermark == 20 && opened.recoveryPoint == 20)
        #expect(place.warnings.contains { $0.contains("not at offset \(point)") })
        #expect(try opened.append(.produced(1, sequence: 19)).isDuplicate)
        #expect(try opened.append(.produced(1, sequence: 20)).firstOffset == 20)
        again.close()
    }

    @Test func anEndBeyondTheLastBatchIsNotBelievedOnceTheLogIsFetchedFrom() throws {
        let logs = try TestLogs()
        try write(logs)
        let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 27)
        #expect(log.isUnread(at: 27, upTo: .highWatermark))
        log.prepareRead(at: 27, upTo: .highWatermark)
        #expect(log.logEndOffset == 20 && log.highWatermark == 20)
        #expect(refusal { _ = try log.read(from: 27, maxBytes: 10) } == .offsetOutOfRange)
    }

    @Test func damagedCheckpointsOfTheDirectoryAreReadAsEmpty() throws {
        for name in [
            "recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "replication-offset-checkpoint",
        ] {
            let place = try TestLogs()
            let registry = try place.openRegistry()
            let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
            for _ in 0..<4 { try log.append(.data(1)) }
            registry.close()
            let file = try place.fileSystem.open(FilePath.join(place.folder, name), .truncate)
            try file.write(Array("0\n2\nt 0 1".utf8))
            let again = try place.openRegistry()
            #expect(again.log(TestLogs.partition)?.logEndOffset == 4)
            #expect(again.log(TestLogs.partition)?.logStartOffset == 0)
            again.close()
            if name != "replication-offset-checkpoint" {
                #expect(place.warnings.contains { $0.contains(name) })
            }
        }
    }

    // MARK: Swaps and deletions that were cut short

    @Test func aSwapThatHadBegunIsFinished() throws {
        let logs = try TestLogs()
        var config = TestLogs.indexed()
        config.segmentSizeBytes = 300
        try write(logs, config: config)
        let names = try logs.names().filter { $0.hasSuffix(".log") }
        // What cleaning the first two segments could leave: the first batch of the first, the last of the second.
        let first = try logs.contents(names[0])
        let second = try logs.contents(names[1])
        let batchBytes = try #require(RecordBatchHeader(ByteSlice(copying: first))).sizeBytes
        let cleaned = Array(first.prefix(batchBytes)) + Array(second.suffix(batchBytes))
        try logs.overwrite(TestLogs.log + ".swap", cleaned)
        try logs.overwrite(TestLogs.index + ".swap", [])
        try logs.overwrite(TestLogs.timeIndex + ".swap", [])
        let log = try logs.openLog(config, recoveryPoint: 20)
        #expect(try logs.contents(TestLogs.log) == cleaned)
        #expect(try !logs.names().contains { $0.hasSuffix(".swap") || $0 == names[1] })
        #expect(log.segmentCount == names.count - 1 && log.logEndOffset == 20)
        #expect(try log.readAll().map(\.baseOffset).first == 0)
    }

    @Test func aCleaningThatHadNotComeToItsSwapIsUndone() throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(TestLogs.log)
        for name in [TestLogs.log, TestLogs.index, TestLogs.timeIndex] {
            try logs.overwrite(name + ".cleaned", [1, 2, 3])
        }
        let log = try logs.openLog(TestLogs.indexed())
        #expect(log.logEndOffset == 20)
        #expect(try logs.contents(TestLogs.log) == before)
        #expect(try !logs.names().contains { $0.hasSuffix(".cleaned") })
    }

    @Test func indexesWithoutTheirLogAreRemoved() throws {
        let logs = try TestLogs()
        try write(logs)
        try logs.overwrite("00000000000000000777.index", [0, 0, 0, 0, 0, 0, 0, 0])
        _ = try logs.openLog(TestLogs.indexed())
        #expect(try !logs.names().contains("00000000000000000777.index"))
    }

    // MARK: Directories

    @Test func aDirectoryInUseOfAnotherFormOrHalfWrittenIsRefusedInOneLine() throws {
        let place = try TestLogs()
        let environment = place.environment()
        let held = try LogDirectory.open(place.folder, environment: environment)
        func failure() -> String {
            do throws(LogDirectoryError) {
                try LogDirectory.open(place.folder, environment: environment).release()
                return ""
            } catch {
                return error.description
            }
        }
        #expect(failure() == "\(place.folder) is in use by another process (its .lock is held)")
        held.release()
        let properties = FilePath.join(place.folder, "meta.properties")
        for (text, expected) in [
            (
                "version=2\nnode.id=1\ncluster.id=x\n",
                "version 2 is not known here; version 1 is (Kafka 3.0 and newer, KRaft)"
            ),
            ("version=1\nnode.id=-4\ncluster.id=x\n", "node.id is '-4', not a number from 0 up"),
            ("version=1\nnode.id=1\n", "cluster.id is missing"),
            ("version=1\nnode.id=1\ncluster.id=x\ndirectory.id=short\n", "directory.id is 'short', not an id"),
        ] {
            try place.fileSystem.replace(properties, with: text.utf8)
            #expect(failure() == "\(properties): \(expected)")
        }
        try place.fileSystem.replace(properties, with: "version=1\nnode.id=1\ncluster.id=x\n".utf8)
        #expect(failure() == "")
    }

    @Test func aPartitionInTwoDirectoriesIsRefused() throws {
        let place = try TestLogs()
        let environment = place.manualEnvironment().0
        let paths = ["one", "two"].map { FilePath.join(place.folder, $0) }
        for path in paths { try place.fileSystem.createDirectories(FilePath.join(path, "t-0")) }
        let directories = try paths.map { try LogDirectory.open($0, environment: environment) }
        let registry = LogRegistry(directories: directories, environment: environment)
        do throws(LogDirectoryError) {
            try registry.loadLogs { _ in .standard }
            Issue.record("it was not refused")
        } catch {
            #expect(error.description.hasPrefix("partition t-0 is in both "))
        }
    }

    @Test func directoriesAreLoadedAtTheSameTime() throws {
        let place = try TestLogs()
        let environment = place.environment()
        let paths = ["one", "two", "three"].map { FilePath.join(place.folder, $0) }
        for path in paths {
            try place.fileSystem.createDirectories(FilePath.join(path, "\(FilePath.name(of: path))-0"))
        }
        let directories = try paths.map { try LogDirectory.open($0, environment: environment) }
        let registry = LogRegistry(directories: directories, environment: environment)
        // Each waits for the others to come as far.
        let meeting = Meeting(count: paths.count)
        try registry.loadLogs(threadsPerDirectory: 1) { _ in
            meeting.attend()
            return .standard
        }
        #expect(meeting.isComplete)
        #expect(registry.logs.count == 3)
        for log in registry.logs {
            let directory = try #require(registry.directory(of: log.topicPartition))
            #expect(FilePath.name(of: directory.path) == log.topicPartition.topic)
        }
        registry.close()
    }

    @Test func theRecoveryOfALargeLogSaysHowFarItIsOnceASecond() throws {
        let logs = try TestLogs()
        let written = try logs.openLog()
        for _ in 0..<50 { try written.append(.data(1, valueBytes: 100_000)) }
        let size = written.sizeBytes
        try written.close()
        // Every look at the clock takes a while.
        let said = Mutex<[String]>([])
        let clock = Mutex<Int64>(0)
        let environment = LogEnvironment(
            now: {
                clock.withLock { now in
                    now += 400
                    return now
                }
            },
            observe: { event in
                if case .note(let text) = event, text.hasPrefix("Recovering ") { said.withLock { $0.append(text) } }
            })
        let log = try logs.openLog(environment: environment)
        #expect(log.logEndOffset == 50)
        let lines = said.withLock { $0 }
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.first?.hasSuffix(" of \(size) bytes were gone over") == true, "\(lines)")
        #expect(lines.first?.contains(logs.logPath) == true)
    }

    @Test(arguments: [true, false])
    func whatWasBeingMovedOfAPartitionGoesWithIt(isDeleted: Bool) throws {
        let place = try TestLogs()
        let hex = "0123456789abcdef0123456789abcdef"
        for name in ["t-0", "t-1", "t-0.\(hex)-future", "t-1.\(hex)-future", "t-2.\(hex)-stray"] {
            let path = FilePath.join(place.folder, name)
            try place.fileSystem.createDirectory(path)
            try place.fileSystem.replace(FilePath.join(path, "some.file"), with: "x".utf8)
        }
        let (environment, worker, _) = place.manualEnvironment()
        let registry = try place.openRegistry(environment)
        func names() throws -> [String] {
            try place.fileSystem.entries(of: place.folder).filter(\.isDirectory).map(\.name).sorted()
        }
        let partition = TopicPartition(topic: "t", partition: 0)
        if isDeleted { try registry.deleteLog(partition) } else { try registry.setAsideLog(partition) }
        let suffix = isDeleted ? "-delete" : "-stray"
        let renamed = try names().filter { $0.hasPrefix("t-0.") }
        #expect(renamed.count == 2 && renamed.allSatisfy { $0.hasSuffix(suffix) }, "\(renamed)")
        place.nowMs += 60_000
        worker.runAll()
        let left = isDeleted ? [] : renamed
        #expect(try names() == left + ["t-1", "t-1.\(hex)-future", "t-2.\(hex)-stray"])
        registry.close()
        // What is set aside stays so at the next start.
        let again = try place.openRegistry()
        #expect(again.logs.map(\.topicPartition) == [TopicPartition(topic: "t", partition: 1)])
        #expect(try names() == left + ["t-1", "t-1.\(hex)-future", "t-2.\(hex)-stray"])
        again.close()
    }

    @Test func strangeNamesAreLeftAlone() throws {
        let place = try TestLogs()
        for name in ["x", "a-b", "-1", "t-0-stray", "t-0.abc-future", "t-99999999999", "__cluster_metadata-0"] {
            try place.fileSystem.createDirectory(FilePath.join(place.folder, name))
        }
        try place.fileSystem.createDirectory(FilePath.join(place.folder, "t-1.0123456789abcdef0123456789abcdef-delete"))
        let (environment, worker, _) = place.manualEnvironment()
        let registry = try place.openRegistry(environment)
        worker.runAll()
        #expect(registry.logs.isEmpty)
        let names = try place.fileSystem.entries(of: place.folder).filter(\.isDirectory).map(\.name).sorted()
        #expect(names == ["-1", "__cluster_metadata-0", "a-b", "t-0-stray", "t-0.abc-future", "t-99999999999", "x"])
        registry.close()
    }
}

/// Threads that are only in the same place when they run at the same time.
private final class Meeting: Sendable {
    private let count: Int
    private let present = Mutex(0)
    private let all = DispatchSemaphore(value: 0)

    init(count: Int) { self.count = count }

    var isComplete: Bool { present.withLock { $0 == count } && all.wait(timeout: .now()) == .success }

    /// Waits until all are there; not for ever.
    func attend() {
        let isLast = present.withLock { present in
            present += 1
            return present == count
        }
        if isLast { for _ in 0...count { all.signal() } }
        if all.wait(timeout: .now() + 20) == .timedOut { present.withLock { $0 = -1000 } }
    }
}
