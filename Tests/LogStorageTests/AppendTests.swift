import Bytes
import Files
import Records
import Synchronization
import Testing

@testable import LogStorage

@Suite struct AppendTests {
    @Test func offsetsFollowEachOtherAndAreWrittenIntoTheHeaders() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        let first = try log.append(.data(3), leaderEpoch: 5)
        let second = try log.append(.data(2), leaderEpoch: 5)
        #expect(first.firstOffset == 0 && first.lastOffset == 2)
        #expect(second.firstOffset == 3 && second.lastOffset == 4)
        #expect(log.logEndOffset == 5 && log.highWatermark == 5 && log.lastStableOffset == 5)
        let batches = try log.read(from: 0, maxBytes: 1 << 20).batches()
        #expect(batches.map(\.baseOffset) == [0, 3])
        #expect(batches.map(\.partitionLeaderEpoch) == [5, 5])
        #expect(batches.map(\.isCrcValid) == [true, true])
    }

    @Test func severalBatchesOfOneAppendGetOffsetsOneAfterTheOther() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        let bytes = TestBatch.data(2).array + TestBatch.data(3).array + TestBatch.data(1).array
        let result = try log.append(ByteSlice(copying: bytes), leaderEpoch: 0, origin: .coordinator)
        #expect(result.firstOffset == 0 && result.lastOffset == 5)
        #expect(try log.readAll().map(\.baseOffset) == [0, 2, 5])
    }

    @Test func copiesKeepTheirOffsetsAndEpochs() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        var batch = TestBatch.data(2)
        batch.baseOffset = 7
        batch.leaderEpoch = 3
        try log.append(batch, leaderEpoch: 9, origin: .replication)
        #expect(log.logEndOffset == 9 && log.latestLeaderEpoch == 3)
        #expect(try log.readAll().map(\.baseOffset) == [7])
        #expect(refusal { try log.append(batch, origin: .replication) } == .unknownServerError)
        #expect(log.logEndOffset == 9)
    }

    @Test(arguments: [0, 5, 60, 62])
    func bytesThatAreNoWholeBatchAreRefused(kept: Int) throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        let bytes = ByteSlice(copying: Array(TestBatch.data(1).array.prefix(kept)))
        #expect(refusal { _ = try log.append(bytes, leaderEpoch: 0) } == .corruptMessage)
        #expect(log.logEndOffset == 0 && log.sizeBytes == 0)
    }

    @Test func senselessOffsetDeltasAreRefused() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        let bytes = TestBatch.data(1).bytes
        bytes.store(Int32(-1), at: RecordBatchLayout.lastOffsetDelta)
        #expect(refusal { _ = try log.append(bytes, leaderEpoch: 0) } == .corruptMessage)
    }

    @Test func recordsLargerThanASegmentAreRefused() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentSizeBytes = 100
        let log = try logs.openLog(config)
        #expect(refusal { try log.append(.data(1, valueBytes: 100)) } == .recordListTooLarge)
        #expect(log.logEndOffset == 0)
    }

    @Test func segmentsRollBySize() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentSizeBytes = 1000
        let log = try logs.openLog(config)
        for _ in 0..<20 { try log.append(.data(1, valueBytes: 200)) }
        #expect(log.segmentCount > 3)
        let segments = try logs.names().filter { $0.hasSuffix(".log") }
        #expect(segments.count == log.segmentCount)
        for name in segments {
            #expect(try logs.fileSystem.status(of: FilePath.join(logs.logPath, name))?.sizeBytes ?? 0 <= 1000)
        }
        #expect(try log.readAll().count == 20)
    }

    @Test func segmentsRollByTimestampsAndWithoutThemByTheClock() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentMs = 1000
        let log = try logs.openLog(config)
        try log.append(.data(1, timestampMs: 5000))
        try log.append(.data(1, timestampMs: 6000))
        #expect(log.segmentCount == 1)
        try log.append(.data(1, timestampMs: 6001))
        #expect(log.segmentCount == 2)
        try log.append(.data(1, timestampMs: 5))
        #expect(log.segmentCount == 2)

        let other = try TestLogs()
        let untimed = try other.openLog(config)
        try untimed.append(.data(1, timestampMs: -1))
        other.nowMs += 1000
        try untimed.append(.data(1, timestampMs: -1))
        #expect(untimed.segmentCount == 1)
        other.nowMs += 1
        try untimed.append(.data(1, timestampMs: -1))
        #expect(untimed.segmentCount == 2)
    }

    @Test func segmentsRollWhenAnIndexIsFull() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentIndexSizeBytes = 36
        config.indexIntervalBytes = 0
        let log = try logs.openLog(config)
        for index in 0..<12 { try log.append(.data(1, timestampMs: Int64(index))) }
        // Room for four offsets and, less the one kept free, two timestamps; the first batch gets no entry.
        #expect(log.segmentCount == 4)
    }

    @Test func segmentsRollWhenOffsetsGetTooFarFromTheirBase() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        var batch = TestBatch.data(1)
        try log.append(batch, origin: .replication)
        batch.baseOffset = Int64(Int32.max)
        try log.append(batch, origin: .replication)
        #expect(log.segmentCount == 1)
        batch.baseOffset = Int64(Int32.max) + 1
        try log.append(batch, origin: .replication)
        #expect(log.segmentCount == 2)
        #expect(try log.readAll().map(\.baseOffset) == [0, Int64(Int32.max), Int64(Int32.max) + 1])
    }

    @Test func newSettingsCountFromTheNextAppendOn() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.data(1, valueBytes: 500))
        var config = LogConfig()
        config.segmentSizeBytes = 600
        log.updateConfig(SharedLogConfig(config))
        try log.append(.data(1, valueBytes: 500))
        #expect(log.segmentCount == 2)
    }

    @Test func aClosedLogTakesNothing() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.data(1))
        try log.close()
        #expect(log.recoveryPoint == 1)
        #expect(refusal { try log.append(.data(1)) } == .kafkaStorageError)
        try log.close()
    }

    @Test func aFailedWriteTakesTheDirectoryOfflineAndLeavesNothingBehind() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let logs = try TestLogs(simulated: disk)
        let log = try logs.openLog()
        try log.append(.data(1))
        let size = log.sizeBytes
        disk.setCapacity(bytes: Int(size) + 40)
        #expect(refusal { try log.append(.data(1)) } == .kafkaStorageError)
        disk.setCapacity(bytes: nil)
        // It stays offline, though there would be room again.
        #expect(refusal { try log.append(.data(1)) } == .kafkaStorageError)
        #expect(refusal { _ = try log.read(from: 0, maxBytes: 100) } == .kafkaStorageError)
        #expect(log.logEndOffset == 1)
        let path = FilePath.join(logs.logPath, "00000000000000000000.log")
        #expect(try disk.status(of: path)?.sizeBytes == size)
        let again = try logs.openLog()
        #expect(again.logEndOffset == 1)
        #expect(try again.append(.data(1)).firstOffset == 1)
    }

    @Test func listenersHearOfEveryAppendUntilTheyAreRemoved() throws {
        final class Counter: LogListener {
            let count = Atomic<Int>(0)
            func logDidAdvance(_ log: PartitionLog) {
                // No lock is held: the log can be asked.
                #expect(log.offsets.logEndOffset > 0)
                count.add(1, ordering: .relaxed)
            }
        }
        let logs = try TestLogs()
        let log = try logs.openLog()
        let counter = Counter()
        log.addListener(counter)
        try log.append(.data(1))
        try log.append(.data(1))
        log.removeListener(counter)
        try log.append(.data(1))
        #expect(counter.count.load(ordering: .relaxed) == 2)
    }

    @Test func theHighWatermarkCanBeMovedByReplication() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        log.setHighWatermarkFollowsEnd(false)
        try log.append(.data(3))
        try log.append(.data(3))
        #expect(log.highWatermark == 0 && log.logEndOffset == 6)
        #expect(try log.read(from: 0, maxBytes: 1000).records == nil)
        log.advanceHighWatermark(to: 3)
        #expect(try log.read(from: 0, maxBytes: 1000).batches().map(\.baseOffset) == [0])
        log.advanceHighWatermark(to: 1)
        #expect(log.highWatermark == 3)
        log.advanceHighWatermark(to: 100)
        #expect(log.highWatermark == 6)
        #expect(try log.read(from: 0, maxBytes: 1000).batches().map(\.baseOffset) == [0, 3])
    }
}
