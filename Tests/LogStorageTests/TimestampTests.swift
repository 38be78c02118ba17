import Bytes
import Files
import Records
import Testing

@testable import LogStorage

/// Offsets for timestamps, and leader epochs.
@Suite struct TimestampTests {
    @Test func theFirstRecordThatIsNotOlderIsFoundInsideOfItsBatch() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.indexIntervalBytes = 0
        config.segmentSizeBytes = 400
        let log = try logs.openLog(config)
        for index in 0..<20 {
            let first = Int64(1000 + 30 * index)
            try log.append(TestBatch(timestampsMs: [first, first + 10, first + 20]), leaderEpoch: 7)
        }
        #expect(log.segmentCount > 4)
        for record in 0..<60 {
            let timestamp = Int64(1000 + 10 * record)
            for asked in [timestamp - 9, timestamp - 1, timestamp] {
                let found = try log.offset(forTimestamp: asked)
                #expect(found == TimestampAndOffset(timestampMs: timestamp, offset: Int64(record), leaderEpoch: 7))
            }
        }
        #expect(try log.offset(forTimestamp: 1591) == nil)
        #expect(try log.offset(forTimestamp: 0)?.offset == 0)
    }

    @Test func theSearchBeginsAtTheLogsStart() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(TestBatch(timestampsMs: [10, 20, 30, 40]))
        try log.advanceLogStartOffset(to: 2)
        #expect(try log.offset(forTimestamp: 5) == TimestampAndOffset(timestampMs: 30, offset: 2, leaderEpoch: 0))
    }

    @Test(arguments: [CompressionCodec.none, .gzip, .snappy, .lz4, .zstd])
    func recordsInCompressedBatchesAreFoundToo(codec: CompressionCodec) throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        var builder = RecordBatchBuilder(compression: CompressionSettings(codec))
        for index in 0..<50 {
            builder.append(timestamp: Int64(1000 + index), key: nil, value: [UInt8](repeating: 1, count: 100))
        }
        let built = builder.build()
        _ = try log.append(try #require(built).bytes, leaderEpoch: 1)
        #expect(try log.offset(forTimestamp: 1033) == TimestampAndOffset(timestampMs: 1033, offset: 33, leaderEpoch: 1))
        #expect(try log.offset(forTimestamp: SpecialTimestamp.maxTimestamp)?.offset == 49)
    }

    @Test func batchesWithTheirAppendTimeHaveItForAllRecords() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        var batch = TestBatch.data(3, timestampMs: 500)
        batch.attributes = 8
        try log.append(batch)
        try log.advanceLogStartOffset(to: 1)
        #expect(try log.offset(forTimestamp: 400) == TimestampAndOffset(timestampMs: 500, offset: 1, leaderEpoch: 0))
    }

    @Test func specialTimestampsNameTheLogsEnds() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        #expect(try log.offset(forTimestamp: SpecialTimestamp.maxTimestamp) == nil)
        try log.append(TestBatch(timestampsMs: [30, 90, 20]), leaderEpoch: 2)
        try log.append(TestBatch(timestampsMs: [50]), leaderEpoch: 3)
        try log.advanceLogStartOffset(to: 1)
        let earliest = TimestampAndOffset(timestampMs: -1, offset: 1, leaderEpoch: 2)
        #expect(try log.offset(forTimestamp: SpecialTimestamp.earliest) == earliest)
        #expect(try log.offset(forTimestamp: SpecialTimestamp.earliestLocal) == earliest)
        #expect(
            try log.offset(forTimestamp: SpecialTimestamp.latest)
                == TimestampAndOffset(timestampMs: -1, offset: 4, leaderEpoch: 3))
        #expect(
            try log.offset(forTimestamp: SpecialTimestamp.maxTimestamp)
                == TimestampAndOffset(timestampMs: 90, offset: 1, leaderEpoch: 2))
        #expect(try log.offset(forTimestamp: SpecialTimestamp.latestTiered)?.offset == -1)
    }

    @Test func timestampsAreFoundAgainAfterARestart() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for timestamp in [40, 20, 70, 60] { try log.append(.data(1, timestampMs: Int64(timestamp))) }
        try log.close()
        let again = try logs.openLog(clean: true, recoveryPoint: 4)
        #expect(try again.offset(forTimestamp: 41)?.offset == 2)
        #expect(try again.offset(forTimestamp: SpecialTimestamp.maxTimestamp)?.offset == 2)
        #expect(try again.offset(forTimestamp: 71) == nil)
    }

    @Test func whatMayHaveToBeReadFromTheDiskIsKnownBefore() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for timestamp in [40, 20, 70, 60] {
            try log.append(.data(1, timestampMs: Int64(timestamp)))
            if timestamp != 60 { try log.roll() }
        }
        func areOld(_ log: PartitionLog, _ timestamps: [Int64]) -> [Bool] {
            timestamps.map { log.isInOldSegment(timestamp: $0) }
        }
        let asked = [0, 40, 41, 70, 71, SpecialTimestamp.maxTimestamp]
        #expect(areOld(log, asked) == [true, true, true, true, false, true])
        #expect(areOld(log, [SpecialTimestamp.earliest, SpecialTimestamp.latest]) == [false, false])
        try log.append(.data(1, timestampMs: 80))
        #expect(areOld(log, [70, 71, 80, 81, SpecialTimestamp.maxTimestamp]) == [true, false, false, false, false])
        try log.close()
        // After a restart nothing is known of any segment, until somebody has looked.
        let again = try logs.openLog(clean: true, recoveryPoint: 5)
        #expect(areOld(again, asked) == [true, true, true, true, true, true])
        again.prepareSearch(forTimestamp: SpecialTimestamp.maxTimestamp)
        #expect(areOld(again, [70, 71, 80, 81, SpecialTimestamp.maxTimestamp]) == [true, false, false, false, false])
        #expect(areOld(again, [SpecialTimestamp.earliest, SpecialTimestamp.latest]) == [false, false])
    }

    // MARK: Leader epochs

    @Test func epochsEndWhereTheNextOneBegins() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for epoch in [1, 1, 4, 4, 4, 6] { try log.append(.data(1), leaderEpoch: Int32(epoch)) }
        try log.assignLeaderEpoch(8)
        func end(_ epoch: Int32) -> [Int64]? {
            log.endOffset(forEpoch: epoch).map { [Int64($0.leaderEpoch), $0.endOffset] }
        }
        #expect(end(0) == [0, 0])
        #expect(end(1) == [1, 2])
        #expect(end(3) == [1, 2])
        #expect(end(4) == [4, 5])
        #expect(end(6) == [6, 6])
        #expect(end(8) == [8, 6])
        #expect(end(9) == nil && end(-1) == nil)
        #expect((0..<6).map { log.leaderEpoch(forOffset: $0) } == [1, 1, 4, 4, 4, 6])
    }

    @Test func epochsSurviveARestartAndFollowBothEndsOfTheLog() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for epoch in [1, 1, 4, 4, 6, 6] { try log.append(.data(1), leaderEpoch: Int32(epoch)) }
        try log.advanceLogStartOffset(to: 3)
        try log.close()
        #expect(String(decoding: try logs.contents("leader-epoch-checkpoint"), as: UTF8.self) == "0\n2\n4 3\n6 4\n")
        let again = try logs.openLog(clean: true, recoveryPoint: 6, logStartOffset: 3)
        #expect(again.latestLeaderEpoch == 6)
        try again.truncate(to: 4)
        #expect(again.latestLeaderEpoch == 4 && again.logEndOffset == 4)
        try again.truncateFully(startingAt: 100)
        #expect(again.latestLeaderEpoch == nil && again.logStartOffset == 100 && again.logEndOffset == 100)
    }
}
