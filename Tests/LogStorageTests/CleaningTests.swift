// The cleaner: what it leaves, against a model; and what a crash in the middle of it leaves.

import Bytes
import Files
import Records
import Synchronization
import Testing

@testable import LogStorage

@Suite struct CleaningTests {
    // MARK: The map

    @Test func keysAreHashedBySipHash() {
        // The published vectors: a secret of the bytes 0 to 15, keys of the bytes 0, 1, 2, …
        let hasher = KeyHasher(secret: (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908))
        func hex(_ count: Int) -> String {
            let hash = (0..<count).map { UInt8($0) }.withUnsafeBytes { hasher.hash($0) }
            return [hash.high.byteSwapped, hash.low.byteSwapped].map { part in
                let digits = String(part, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
        #expect(hex(0) == "a3817f04ba25a8e66df67214c7550293")
        #expect(hex(1) == "da87c1d86b99af44347659119b22fc45")
        #expect(hex(2) == "8177228da4a45dc7fca38bdef60affe4")
        #expect(hex(3) == "9c70b60c5267a94e5f33b6b02985ed51")
    }

    @Test func everyCleaningHashesInItsOwnWay() {
        let hashes = (0..<4).map { _ in
            Array("a key of more than eight bytes".utf8).withUnsafeBytes { KeyHasher().hash($0) }
        }
        #expect(Set(hashes).count == 4)
        let hasher = KeyHasher()
        let keys = (0..<64).map { Array(repeating: UInt8(7), count: $0).withUnsafeBytes { hasher.hash($0) } }
        #expect(Set(keys).count == 64, "keys that differ in length alone differ")
    }

    @Test func theMapKeepsTheLastOffsetOfEveryKeyUntilItIsFull() {
        var map = OffsetMap(slots: 1000)
        let hasher = KeyHasher()
        func hash(_ key: Int) -> KeyHash { withUnsafeBytes(of: key) { hasher.hash($0) } }
        for round in 0..<3 {
            for key in 0..<900 { _ = map.put(hash(key), offset: Int64(round * 1000 + key)) }
        }
        let (count, latest) = (map.count, map.latestOffset)
        #expect(count == 900 && latest == 2899)
        for key in 0..<900 {
            let offset = map.offset(of: hash(key))
            #expect(offset == Int64(2000 + key))
        }
        let unknown = map.offset(of: hash(901))
        #expect(unknown == -1)
    }

    @Test func whatIsReplacedIsKnownByOffset() {
        var replaced = ReplacedRecords(from: 1000, to: 1200)
        #expect(replaced.covers(1000) && replaced.covers(1199) && !replaced.covers(999) && !replaced.covers(1200))
        for offset in (1003..<1150).map(Int64.init) + [-1, 999, 1200, .max, .min] { replaced.insert(offset) }
        #expect((990..<1210).filter { replaced.contains($0) } == Array(1003..<1150))
        for first in Int64(1000)..<1010 {
            for last in [first - 1, first, 1063, 1064, 1127, 1148, 1149, 1150, 1199, 1200] {
                let isAll = first <= last && first >= 1003 && last < 1150
                #expect(replaced.containsAll(first, through: last) == isAll, "\(first) to \(last)")
            }
        }
        #expect(!replaced.containsAll(Int64.min, through: Int64.max))
        // So many offsets have a bit at most; with none, nothing is known.
        let large = ReplacedRecords(from: 0, to: .max)
        #expect(large.covers(32 << 20 - 1) && !large.covers(32 << 20))
        #expect(!ReplacedRecords(from: 5, to: 5).covers(5))
    }

    // MARK: Work aside

    @Test(arguments: [1, 2]) func workAsideIsDoneWhenItIsWaitedForAndTellsWhatWentWrong(threads: Int) throws {
        let done = Atomic<Int>(0)
        let work = WorkAside(threads: threads) { done.add(1, ordering: .relaxed) }
        try work.wait()
        #expect(done.load(ordering: .relaxed) == 1)
        try work.wait()
        #expect(done.load(ordering: .relaxed) == 1)
        let failing = WorkAside(threads: threads) { () throws(CleaningError) in throw .damaged("this") }
        for _ in 0..<2 {
            do {
                try failing.wait()
                Issue.record("the failure is lost")
            } catch CleaningError.damaged(let reason) {
                #expect(reason == "this")
            }
        }
    }

    // MARK: What is left

    /// Histories with producers, transactions, tombstones, codecs, and a map that may be too small for all keys.
    @Test(arguments: 0..<40) func whatIsLeftIsWhatTheRulesLeave(seed: Int) throws {
        let disk = SimulatedFileSystem(seed: UInt64(seed))
        let history = try CleaningHistory(seed: UInt64(seed), on: disk)
        var cleanings = 0
        for _ in 0..<6 {
            for _ in 0..<30 { try history.step() }
            if history.random.below(2) == 0 { try history.endTransactions() }
            if try history.clean() != nil { cleanings += 1 }
            #expect(try history.found() == history.expected, "seed \(seed)")
            if seed % 3 == 0 {
                try history.reopen()
                #expect(try history.found() == history.expected, "seed \(seed), opened again")
            }
            let committed = try history.log.committedRecords()
            let aborted = history.batches.filter { $0.transaction.map(history.abortedTransactions.contains) ?? false }
                .flatMap(\.records)
            #expect(Set(committed).isDisjoint(with: aborted), "seed \(seed)")
            let stable = history.log.lastStableOffset
            #expect(
                committed == history.expected.filter { $0.offset < stable && !aborted.contains($0) }, "seed \(seed)")
        }
        #expect(cleanings > 0)
        #expect(history.place.warnings == [])
    }

    @Test func aLogIsCleanedInPartsWhenTheMapHoldsNotAllKeys() throws {
        let history = try CleaningHistory(seed: 5, on: SimulatedFileSystem(seed: 5))
        for _ in 0..<150 { try history.appendData(400) }
        try history.endTransactions()
        var settings = CleanerSettings()
        settings.dedupeBufferBytes = 64 * 24
        let plan = try history.log.cleaningPlan(cleanedOffset: nil)
        var cleanings = 0
        while try history.clean(settings) != nil {
            cleanings += 1
            #expect(try history.found() == history.expected)
        }
        #expect(cleanings > 2)
        #expect(history.cleanedOffset == plan.firstUncleanableOffset)
    }

    @Test func theLastBatchOfAProducerStaysWithoutRecordsAndItsSequenceIsKnownAfterRecovery() throws {
        let history = try CleaningHistory(seed: 1, on: SimulatedFileSystem(seed: 1))
        func append(_ sequence: Int32) throws -> AppendResult {
            var builder = RecordBatchBuilder(producer: BatchProducer(id: 7, epoch: 3, baseSequence: sequence))
            builder.append(timestamp: 1000, key: [1], value: [1])
            let batch = builder.build()
            return try history.log.append(try #require(batch).bytes, leaderEpoch: 0)
        }
        for sequence in 0..<5 { _ = try append(Int32(sequence)) }
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1000, key: [1], value: [2])
        let last = builder.build()
        _ = try history.log.append(try #require(last).bytes, leaderEpoch: 0)
        try history.log.roll()
        _ = try history.clean()
        let batches = try history.log.allBatches()
        #expect(batches.map(\.recordCount) == [0, 1] && batches[0].lastSequence == 4 && batches[0].producerId == 7)
        // Nobody closed it.
        history.log = try history.place.openLog(history.config, environment: history.environment)
        #expect(try append(4).isDuplicate)
        #expect(try append(5).firstOffset == 6)
    }

    @Test func tombstonesGoWhenTheirTimeIsOver() throws {
        let history = try CleaningHistory(seed: 1, on: SimulatedFileSystem(seed: 1))
        func append(_ key: UInt8, _ value: [UInt8]?) throws {
            var builder = RecordBatchBuilder()
            builder.append(timestamp: 1000, key: [key], value: value)
            let batch = builder.build()
            _ = try history.log.append(try #require(batch).bytes, leaderEpoch: 0)
        }
        func cleanAgain() throws -> [RecordBatch] {
            try append(9, [9])
            try history.log.roll()
            _ = try history.clean()
            return try history.log.allBatches()
        }
        try append(1, [1])
        try append(1, nil)
        let first = try cleanAgain()
        #expect(first[0].deleteHorizonMs == history.place.nowMs + 5000 && first[0].recordCount == 1)
        history.place.nowMs += 4999
        #expect(try cleanAgain()[0].deleteHorizonMs == first[0].deleteHorizonMs)
        history.place.nowMs += 1
        #expect(try cleanAgain().allSatisfy { !$0.hasDeleteHorizon })
    }

    @Test func recordsYoungerThanTheLagStayAndOldOnesMakeACleaningDue() throws {
        var config = CleaningHistory.config
        config.minCompactionLagMs = 1000
        config.minCleanableDirtyRatio = 1
        config.maxCompactionLagMs = 10_000
        let history = try CleaningHistory(seed: 3, on: SimulatedFileSystem(seed: 3), config: config)
        for _ in 0..<60 { try history.appendData() }
        try history.endTransactions()
        let young = try history.log.cleaningPlan(cleanedOffset: nil)
        #expect(young.cleanableBytes == 0 && young.mayGrow && !young.isDue(config))
        history.place.nowMs += 5000
        #expect(try !history.log.cleaningPlan(cleanedOffset: nil).isDue(config))
        history.place.nowMs += 5001
        let old = try history.log.cleaningPlan(cleanedOffset: nil)
        #expect(old.isOverdue && old.isDue(config))
    }

    @Test func damageIsNotWrittenAnew() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let history = try CleaningHistory(seed: 1, on: disk)
        for _ in 0..<60 { try history.appendData() }
        try history.endTransactions()
        try disk.damage(history.place.path("00000000000000000000.log"), at: 200) { $0 ^ 1 }
        let before = try history.place.names()
        #expect(throws: CleaningError.self) { try history.clean() }
        #expect(try history.place.names() == before)
    }

    // MARK: Crashes

    /// Power fails at each call of a cleaning: the log holds no more than before it and no less than after it, and the
    /// next cleaning ends as that one would have.
    @Test(arguments: [11, 12, 13]) func aCrashAtAnyCallLosesNothing(seed: Int) throws {
        func prepared(_ disk: SimulatedFileSystem) throws -> CleaningHistory {
            let history = try CleaningHistory(seed: UInt64(seed), on: disk)
            for _ in 0..<50 { try history.step() }
            try history.endTransactions()
            try history.log.flush()
            return history
        }
        let whole = try prepared(SimulatedFileSystem(seed: UInt64(seed)))
        let before = Set(whole.expected)
        let end = whole.log.logEndOffset
        _ = try whole.clean()
        let after = whole.expected
        var crashes = 0
        for call in 1...2000 {
            let disk = SimulatedFileSystem(seed: UInt64(seed))
            var history = try prepared(disk)
            disk.crash(atCall: call)
            let isDone = (try? history.clean()) != nil
            disk.restart(after: call % 2 == 0 ? .power : .process)
            if isDone { break }
            crashes += 1
            let log = try history.place.openLog(
                history.config, recoveryPoint: end, environment: history.place.manualEnvironment().0)
            #expect(log.logEndOffset == end)
            let left = try log.dataRecords()
            #expect(Set(left).isSubset(of: before) && Set(left).isSuperset(of: after), "seed \(seed), call \(call)")
            #expect(try history.place.names().allSatisfy { !$0.contains(".swap") && !$0.contains(".cleaned") })
            history = try cleanedAgain(history, log)
            #expect(try history.found() == after, "seed \(seed), call \(call)")
        }
        #expect(crashes > 20)
    }

    private func cleanedAgain(_ history: CleaningHistory, _ log: PartitionLog) throws -> CleaningHistory {
        history.log = log
        history.cleanedOffset = nil
        _ = try history.clean()
        return history
    }
}
