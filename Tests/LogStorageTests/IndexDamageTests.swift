import Bytes
import Files
import Records
import Testing

@testable import LogStorage

/// Indexes that were damaged while nobody looked: after a clean stop a lookup notices, and they are built anew.
@Suite struct IndexDamageTests {
    /// A log of ten batches of two records and one more segment, closed in order.
    private func write(_ logs: TestLogs) throws {
        let log = try logs.openLog(TestLogs.indexed())
        for index in 0..<10 {
            try log.append(.produced(1, sequence: Int32(2 * index), count: 2, timestampMs: Int64(1000 + index)))
        }
        try log.roll()
        try log.append(.produced(1, sequence: 20, timestampMs: 2000))
        try log.close()
    }

    private func open(_ logs: TestLogs) throws -> (PartitionLog, ManualWorkQueue) {
        let (environment, worker, _) = logs.manualEnvironment()
        let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 21, environment: environment)
        return (log, worker)
    }

    @Test func aDamagedOffsetIndexIsNamedAndBuiltAnewWhenALookupMeetsIt() throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(TestLogs.index)
        #expect(before.count > 30)
        // But for the lowest byte of an offset, with which an entry can still be one that leads there, and for the last
        // entry's larger offsets, for which nobody asks.
        for byte in before.indices where byte % 8 != 3 && (byte < before.count - 8 || ![1, 2].contains(byte % 8)) {
            var damaged = before
            damaged[byte] ^= 0x95
            try logs.overwrite(TestLogs.index, damaged)
            let warned = logs.warnings.count
            let (log, worker) = try open(logs)
            for offset in Int64(0)..<20 { _ = try log.read(from: offset, maxBytes: 10).batches() }
            #expect(logs.warnings.count == warned + 1, "byte \(byte): \(logs.warnings)")
            #expect(logs.warnings.last?.contains("\(TestLogs.index) does not agree") == true)
            worker.runAll()
            #expect(try logs.contents(TestLogs.index) == before, "byte \(byte)")
            for offset in Int64(0)..<20 {
                let batches = try log.read(from: offset, maxBytes: 10).batches()
                #expect(batches.first?.baseOffset == offset / 2 * 2, "byte \(byte), offset \(offset)")
            }
            #expect(logs.warnings.count == warned + 1, "byte \(byte): \(logs.warnings)")
            try log.close()
        }
    }

    @Test func aDamagedTimeIndexIsNamedAndBuiltAnewWhenALookupMeetsIt() throws {
        let logs = try TestLogs()
        try write(logs)
        let before = try logs.contents(TestLogs.timeIndex)
        #expect(before.count > 36)
        for byte in before.indices {
            var damaged = before
            damaged[byte] ^= 0x95
            try logs.overwrite(TestLogs.timeIndex, damaged)
            let warned = logs.warnings.count
            let (log, worker) = try open(logs)
            for round in 0..<2 {
                for index in Int64(0)..<10 {
                    let found = try log.offset(forTimestamp: 1000 + index)
                    #expect(found?.offset == 2 * index, "byte \(byte), batch \(index), round \(round)")
                }
                #expect(logs.warnings.count == warned + 1, "byte \(byte): \(logs.warnings)")
                worker.runAll()
                #expect(try logs.contents(TestLogs.timeIndex) == before, "byte \(byte)")
            }
            #expect(logs.warnings.last?.contains("\(TestLogs.timeIndex) does not agree") == true)
            try log.close()
        }
    }

    @Test func theActiveSegmentsIndexIsBuiltAnewWithWhatWasAppendedMeanwhile() throws {
        let logs = try TestLogs()
        let first = try logs.openLog(TestLogs.indexed())
        for index in 0..<10 { try first.append(.produced(1, sequence: Int32(2 * index), count: 2)) }
        try first.close()
        let before = try logs.contents(TestLogs.index)
        try logs.overwrite(TestLogs.index, before.map { $0 ^ 0x11 })
        let (environment, worker, _) = logs.manualEnvironment()
        let log = try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 20, environment: environment)
        _ = try log.read(from: 9, maxBytes: 10)
        for index in 10..<15 { try log.append(.produced(1, sequence: Int32(2 * index), count: 2)) }
        worker.runAll()
        for index in 15..<20 { try log.append(.produced(1, sequence: Int32(2 * index), count: 2)) }
        #expect(try log.readAll().map(\.baseOffset) == (0..<20).map { 2 * $0 })
        try log.close()
        let after = try logs.contents(TestLogs.index)
        #expect(after.starts(with: before) && after.count > before.count + 30)
        let position = { (slot: Int) in OffsetIndexEntry(ByteSlice(copying: after), at: 8 * slot).position }
        #expect((1..<after.count / 8).allSatisfy { position($0) > position($0 - 1) })
        #expect(logs.warnings.count == 1, "\(logs.warnings)")
    }

    @Test func anIndexThatLeadsPastADamagedBatchIsLeftAsItIs() throws {
        let logs = try TestLogs()
        try write(logs)
        var batches = try logs.contents(TestLogs.log)
        let batchBytes = batches.count / 10
        // The third batch's length cannot be.
        batches[2 * batchBytes + 8] = 0xFF
        try logs.overwrite(TestLogs.log, batches)
        var index = try logs.contents(TestLogs.index)
        index[3] ^= 0x40
        try logs.overwrite(TestLogs.index, index)
        let (log, worker) = try open(logs)
        _ = try log.read(from: 2, maxBytes: 10)
        worker.runAll()
        #expect(try logs.contents(TestLogs.index) == index)
        #expect(logs.warnings.last?.contains("cannot be gone over beyond byte \(2 * batchBytes)") == true)
        // What no index leads to is not passed over for the next segment.
        #expect(refusal { _ = try log.read(from: 4, maxBytes: 10) } == .corruptMessage)
        let said = logs.warnings.count
        #expect(logs.warnings.last?.contains("\(TestLogs.log) is damaged: at byte \(2 * batchBytes)") == true)
        #expect(refusal { _ = try log.read(from: 5, maxBytes: 10) } == .corruptMessage && logs.warnings.count == said)
        #expect(try log.read(from: 18, maxBytes: 10).batches().first?.baseOffset == 18)
        try log.close()
    }

    @Test func aDamagedOffsetIndexHidesNoAbortedTransaction() throws {
        let logs = try TestLogs()
        let first = try logs.openLog(TestLogs.indexed())
        for transaction in 0..<6 {
            try first.append(.produced(9, sequence: Int32(transaction), transactional: true))
            try first.append(.marker(9, abort: true))
        }
        try first.close()
        let before = try logs.contents(TestLogs.index)
        func aborted(_ log: PartitionLog) throws -> [[Int64]] {
            try (Int64(0)..<12).map { offset in
                let read = try log.read(from: offset, maxBytes: 200, upTo: .lastStableOffset)
                return try #require(read.abortedTransactions).map(\.firstOffset)
            }
        }
        let right = try aborted(try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 12))
        for byte in before.indices {
            var damaged = before
            damaged[byte] ^= 0x15
            try logs.overwrite(TestLogs.index, damaged)
            let found = try aborted(try logs.openLog(TestLogs.indexed(), clean: true, recoveryPoint: 12))
            for (offset, (some, all)) in zip(found, right).enumerated() {
                #expect(Set(some).isSuperset(of: all), "byte \(byte), offset \(offset)")
            }
        }
    }

    @Test func aTransactionIndexThatDoesNotAgreeWithItsBatchesIsBuiltAnewBeforeItIsBelieved() throws {
        let logs = try TestLogs()
        let first = try logs.openLog()
        // Two producers at once; one of the transactions begins a segment before its marker; one is committed.
        for round in Int32(0)..<3 {
            try first.append(.produced(7, sequence: round, transactional: true))
            try first.append(.produced(9, sequence: 2 * round, count: 2, transactional: true))
            if round == 1 { try first.roll() }
            try first.append(.marker(9, abort: round != 2))
            try first.append(.produced(8, sequence: round))
            try first.append(.marker(7, abort: true))
        }
        let end = first.logEndOffset
        try first.close()
        let names = try logs.names().filter { $0.hasSuffix(".txnindex") }
        #expect(names.count == 2)
        func read() throws -> [AbortedTransaction] {
            let log = try logs.openLog(clean: true, recoveryPoint: end)
            log.prepareRead(at: 0, upTo: .lastStableOffset)
            let found = try log.read(from: 0, maxBytes: 100_000, upTo: .lastStableOffset).abortedTransactions ?? []
            let rest = try log.read(from: 12, maxBytes: 100_000, upTo: .lastStableOffset).abortedTransactions ?? []
            #expect(!log.isUnread(at: 12, upTo: .lastStableOffset))
            try log.close()
            return found + rest
        }
        let unread = try logs.openLog(clean: true, recoveryPoint: end)
        #expect(unread.isUnread(at: 0, upTo: .lastStableOffset))
        unread.prepareRead(at: 0, upTo: .highWatermark)
        #expect(unread.isUnread(at: 0, upTo: .lastStableOffset) && !unread.isUnread(at: 0, upTo: .highWatermark))
        let right = try read()
        #expect(right.count > 3 && logs.warnings.isEmpty)
        for name in names {
            let before = try logs.contents(name)
            for byte in before.indices {
                var damaged = before
                damaged[byte] ^= 0x51
                try logs.overwrite(name, damaged)
                let warned = logs.warnings.count
                // A stable offset that could be passes; what is out of order came out at the start.
                #expect(try read() == right, "\(name) byte \(byte)")
                let isFound = logs.warnings.dropFirst(warned).contains { $0.contains(name.prefix(20)) }
                #expect(isFound || byte % 34 >= 26, "\(name) byte \(byte)")
                if isFound { #expect(try logs.contents(name) == before, "\(name) byte \(byte)") }
                try logs.overwrite(name, before)
            }
        }
    }
}
