import Bytes
import Files
import Testing

@testable import LogStorage

/// What a log remembers of its producers, and for how long.
@Suite struct ProducerTests {
    @Test func theLastFiveBatchesAreKnownAgainAndOlderOnesAreOutOfOrder() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for index in 0..<7 {
            try log.append(.produced(1, sequence: Int32(2 * index), count: 2, timestampMs: Int64(index)))
        }
        for index in 2..<7 {
            let again = try log.append(.produced(1, sequence: Int32(2 * index), count: 2))
            #expect(again.isDuplicate)
            #expect(again.firstOffset == Int64(2 * index) && again.lastOffset == Int64(2 * index + 1))
            #expect(again.duplicateTimestampMs == Int64(index))
        }
        #expect(refusal { try log.append(.produced(1, sequence: 2, count: 2)) } == .outOfOrderSequenceNumber)
        // Neither are these a copy: they only overlap one.
        #expect(refusal { try log.append(.produced(1, sequence: 12, count: 1)) } == .outOfOrderSequenceNumber)
        #expect(log.logEndOffset == 14)
    }

    @Test func gapsAndOldEpochsAreRefusedAndANewEpochBeginsAtZero() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.produced(1, epoch: 3, sequence: 5))
        #expect(refusal { try log.append(.produced(1, epoch: 3, sequence: 7)) } == .outOfOrderSequenceNumber)
        #expect(refusal { try log.append(.produced(1, epoch: 2, sequence: 6)) } == .invalidProducerEpoch)
        #expect(refusal { try log.append(.produced(1, epoch: 4, sequence: 6)) } == .outOfOrderSequenceNumber)
        try log.append(.produced(1, epoch: 4, sequence: 0))
        #expect(refusal { try log.append(.produced(1, epoch: 3, sequence: 5)) } == .invalidProducerEpoch)
        #expect(log.logEndOffset == 2)
    }

    @Test func sequenceNumbersGoOnFromTheLargestWithZero() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.produced(1, sequence: Int32.max - 1, count: 1))
        try log.append(.produced(1, sequence: Int32.max, count: 3))
        #expect(try log.append(.produced(1, sequence: Int32.max, count: 3)).isDuplicate)
        try log.append(.produced(1, sequence: 2, count: 1))
        #expect(log.logEndOffset == 5)
    }

    @Test(arguments: [true, false])
    func theStateSurvivesARestart(isClean: Bool) throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentSizeBytes = 400
        let log = try logs.openLog(config)
        for index in 0..<12 {
            try log.append(.produced(1, epoch: 2, sequence: Int32(index)))
            try log.append(.produced(2, epoch: 0, sequence: Int32(index)))
        }
        if isClean { try log.close() }
        let again = try logs.openLog(config, clean: isClean, recoveryPoint: isClean ? 24 : 0)
        #expect(again.logEndOffset == 24)
        let producers = again.activeProducers().sorted { $0.producerId < $1.producerId }
        #expect(producers.map(\.producerId) == [1, 2] && producers.map(\.lastSequence) == [11, 11])
        #expect(producers.map(\.producerEpoch) == [2, 0])
        let duplicate = try again.append(.produced(1, epoch: 2, sequence: 11))
        #expect(duplicate.isDuplicate && duplicate.firstOffset == 22)
        #expect(refusal { try again.append(.produced(1, epoch: 2, sequence: 13)) } == .outOfOrderSequenceNumber)
        #expect(try again.append(.produced(1, epoch: 2, sequence: 12)).firstOffset == 24)
    }

    @Test func snapshotsComeWithEachRollAndWithTheCloseAndOldOnesGo() throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentSizeBytes = 400
        let log = try logs.openLog(config)
        for index in 0..<12 { try log.append(.produced(1, sequence: Int32(index))) }
        let bases = try logs.names().filter { $0.hasSuffix(".log") }.dropFirst().map { $0.dropLast(4) }
        #expect(try logs.names().filter { $0.hasSuffix(".snapshot") }.map { $0.dropLast(9) } == bases)
        try log.close()
        #expect(try logs.names().contains("00000000000000000012.snapshot"))
        let again = try logs.openLog(config, clean: true, recoveryPoint: 12)
        try again.append(.produced(1, sequence: 12))
        try again.close()
        // The one of the close before belongs to no segment, and is not the newest.
        _ = try logs.openLog(config, clean: true, recoveryPoint: 13)
        let kept = try logs.names().filter { $0.hasSuffix(".snapshot") }.map { $0.dropLast(9) }
        #expect(kept == bases + ["00000000000000000013"])
    }

    @Test func silentProducersAreForgottenUnlessTheirTransactionIsOpen() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.produced(1, sequence: 0, timestampMs: logs.nowMs))
        try log.append(.produced(2, sequence: 0, transactional: true, timestampMs: logs.nowMs))
        logs.nowMs += 86_400_000 - 1
        log.removeExpiredProducers()
        #expect(log.activeProducers().count == 2)
        logs.nowMs += 1
        log.removeExpiredProducers()
        #expect(log.activeProducers().map(\.producerId) == [2])
        // Who is not known may begin anywhere.
        try log.append(.produced(1, sequence: 41))
    }

    // MARK: Transactions

    @Test func anOpenTransactionHoldsTheLastStableOffset() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        try log.append(.data(1))
        try log.append(.produced(5, sequence: 0, transactional: true))
        try log.append(.produced(6, sequence: 0, transactional: true))
        try log.append(.data(1))
        #expect(log.lastStableOffset == 1 && log.highWatermark == 4)
        #expect(log.hasOngoingTransaction(producerId: 5))
        #expect(try log.read(from: 0, maxBytes: 10_000, upTo: .lastStableOffset).batches().map(\.baseOffset) == [0])
        try log.append(.marker(5, abort: true), origin: .coordinator)
        #expect(log.lastStableOffset == 2 && !log.hasOngoingTransaction(producerId: 5))
        try log.append(.marker(6, abort: false), origin: .coordinator)
        #expect(log.lastStableOffset == 6)
        let read = try log.read(from: 0, maxBytes: 10_000, upTo: .lastStableOffset)
        #expect(read.abortedTransactions == [AbortedTransaction(producerId: 5, firstOffset: 1)])
        let later = try log.read(from: 5, maxBytes: 10_000, upTo: .lastStableOffset)
        #expect(later.abortedTransactions == [])
        #expect(try log.read(from: 0, maxBytes: 10_000).abortedTransactions == nil)
    }

    @Test(arguments: [true, false])
    func transactionsAreAsTheyWereAfterARestart(isClean: Bool) throws {
        let logs = try TestLogs()
        var config = LogConfig()
        config.segmentSizeBytes = 250
        let log = try logs.openLog(config)
        try log.append(.produced(5, sequence: 0, transactional: true))
        try log.append(.produced(6, sequence: 0, transactional: true))
        try log.append(.marker(6, abort: true, coordinatorEpoch: 4), origin: .coordinator)
        try log.append(.produced(6, sequence: 1, transactional: true))
        try log.append(.marker(6, abort: false, coordinatorEpoch: 4), origin: .coordinator)
        if isClean { try log.close() }
        let again = try logs.openLog(config, clean: isClean, recoveryPoint: isClean ? 5 : 0)
        #expect(again.lastStableOffset == 0 && again.hasOngoingTransaction(producerId: 5))
        #expect(again.activeProducers().first { $0.producerId == 6 }?.coordinatorEpoch == 4)
        #expect(
            refusal { try again.append(.marker(6, abort: true, coordinatorEpoch: 3), origin: .coordinator) }
                == .transactionCoordinatorFenced)
        try again.append(.marker(5, abort: false), origin: .coordinator)
        #expect(again.lastStableOffset == 6)
        let read = try again.read(from: 1, maxBytes: 10_000, upTo: .lastStableOffset)
        #expect(read.abortedTransactions == [AbortedTransaction(producerId: 6, firstOffset: 1)])
    }

    @Test func whatIsNoPartOfATransactionIsRefusedAsKafkaRefusesIt() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        let unverified = TestBatch.produced(5, sequence: 0, transactional: true).bytes
        #expect(refusal { _ = try log.append(unverified, leaderEpoch: 0) } == .invalidTxnState)
        try log.append(.produced(5, sequence: 0, transactional: true))
        #expect(refusal { try log.append(.produced(5, sequence: 1)) } == .invalidTxnState)
        #expect(log.logEndOffset == 1)
    }
}
