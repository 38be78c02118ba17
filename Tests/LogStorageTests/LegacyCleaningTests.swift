// The cleaner and messages of magic 0 and 1.

import Bytes
import Files
import Records
import Testing

@testable import LogStorage

@Suite struct LegacyCleaningTests {
    private static let codecs: [CompressionCodec] = [.none, .gzip, .snappy, .lz4]

    /// Records and how they lie in segments: all formats by turns.
    private struct Written {
        var segments: [(Int64, [UInt8])] = []
        var records: [CleanedRecord] = []
        /// By offset, of the records of old formats.
        var codecs: [Int64: CompressionCodec] = [:]

        init(seed: UInt64, segments count: Int) {
            var random = SimulatedRandom(seed: seed)
            var next: Int64 = 0
            for _ in 0..<count {
                let base = next
                var bytes: [UInt8] = []
                for _ in 0..<12 { bytes += batch(&random, &next) }
                // What the next cleaning leaves ends where it did.
                records.append(CleanedRecord(offset: next, key: "end-\(next)", value: "v"))
                codecs[next] = CompressionCodec.none
                bytes += OldMessage(next, key: "end-\(next)", value: "v").array
                next += 1
                segments.append((base, bytes))
            }
            var last = TestBatch.data(1)
            last.baseOffset = next
            segments.append((next, last.array))
        }

        private mutating func batch(_ random: inout SimulatedRandom, _ next: inout Int64) -> [UInt8] {
            let magic = UInt8(random.below(3))
            let codec = LegacyCleaningTests.codecs[random.below(4)]
            var new: [CleanedRecord] = []
            for _ in 0..<(magic < 2 && codec == .none ? 1 : 1 + random.below(5)) {
                let key = random.below(8) == 0 && magic < 2 ? nil : "k\(random.below(12))"
                let value = random.below(4) == 0 ? nil : "v\(next)" + String(repeating: "x", count: random.below(60))
                new.append(CleanedRecord(offset: next, key: key, value: value))
                next += 1 + Int64(random.below(2))
            }
            records += new
            if magic == 2 {
                var builder = RecordBatchBuilder(
                    baseOffset: new[0].offset, compression: CompressionSettings(codec), partitionLeaderEpoch: 0)
                for record in new {
                    builder.append(
                        Record(
                            offset: record.offset, timestamp: 1000, key: record.key.map { Array($0.utf8) },
                            value: record.value.map { Array($0.utf8) }))
                }
                let built = builder.build()
                return built?.bytes.array ?? []
            }
            let messages = new.map {
                OldMessage(
                    magic: magic, $0.offset, timestampMs: magic == 1 ? 1000 + $0.offset : -1, key: $0.key,
                    value: $0.value)
            }
            for record in new { codecs[record.offset] = codec }
            return codec == .none ? messages[0].array : OldMessage(wrapping: messages, codec: codec).array
        }

        /// What the rules leave of a log that is cleaned from `start` on: tombstones stay, which have a horizon then.
        func left(from start: Int64, to end: Int64) -> [CleanedRecord] {
            var latest: [String: Int64] = [:]
            for record in records where record.offset >= start && record.offset < end {
                if let key = record.key { latest[key] = record.offset }
            }
            return records.filter { record in
                guard let key = record.key else { return false }
                return record.offset >= latest[key] ?? -1
            }
        }
    }

    private func clean(
        _ log: PartitionLog, from cleaned: Int64? = nil, _ settings: CleanerSettings = CleanerSettings()
    ) throws -> Cleaner.Result {
        let plan = try log.cleaningPlan(cleanedOffset: cleaned)
        return try Cleaner.clean(log, plan, settings, throttle: CleanerThrottle(bytesPerSecond: .infinity))
    }

    /// The records before the last segment, and that no batch there is of an old format.
    private func left(in log: PartitionLog) throws -> [CleanedRecord] {
        let end = log.view.withLock { $0.active.baseOffset }
        return try log.dataRecords().filter { $0.offset < end }
    }

    @Test(arguments: 0..<24) func ofEachKeyTheLastRecordIsLeftWhateverItsFormat(seed: Int) throws {
        let written = Written(seed: UInt64(seed), segments: 4)
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: UInt64(seed)))
        let log = try place.openLog(segments: written.segments)
        let end = try #require(written.segments.last).0
        // Some logs were cleaned before, by whoever wrote them.
        let start = seed % 3 == 0 ? written.segments[2].0 : 0
        for segment in written.segments { try place.setModified(segment.0, 10_000_000) }
        let result = try clean(log, from: start)
        let expected = written.left(from: start, to: end)
        #expect(try left(in: log) == expected)
        #expect(result.endOffset == end && result.stats.recordsRead == written.records.count)
        #expect(result.stats.recordsKept == expected.count)
        #expect(result.stats.recordsWithoutKey == written.records.count { $0.key == nil })
        for batch in try log.allBatches() where batch.lastOffset < end {
            // An old batch is told by its codec, and that it has no leader epoch.
            guard let codec = written.codecs[batch.baseOffset], batch.partitionLeaderEpoch < 0 else { continue }
            #expect(batch.codec == codec && batch.producerId == -1)
            #expect(batch.deleteHorizonMs == (try batch.hasTombstone() ? place.nowMs + 5000 : nil))
        }
        // As it was after a crash, and after another cleaning.
        let again = try place.openLog(CleaningHistory.config, environment: place.manualEnvironment().0)
        #expect(try left(in: again) == expected)
        _ = try clean(again)
        #expect(try left(in: again) == written.left(from: 0, to: end).filter(expected.contains))
    }

    @Test func aLogIsCleanedInPartsWhenTheMapHoldsNotAllKeys() throws {
        var segments: [(Int64, [UInt8])] = []
        for base in stride(from: Int64(0), to: 300, by: 50) {
            segments.append(
                (base, (base..<base + 50).flatMap { OldMessage($0, key: "k\($0 % 100)", value: "v").array }))
        }
        segments.append((300, TestBatch(baseOffset: 300).array))
        let log = try TestLogs(simulated: SimulatedFileSystem(seed: 1)).openLog(segments: segments)
        var settings = CleanerSettings()
        settings.dedupeBufferBytes = 64 * 24
        var ends: [Int64] = [0]
        while let last = ends.last, last < 300 { ends.append(try clean(log, from: last, settings).endOffset) }
        #expect(ends.count > 3 && zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
        #expect(try left(in: log).map(\.offset) == Array(200..<300))
    }

    @Test func messagesLargerThanTheBufferAreCleaned() throws {
        let large = String(repeating: "x", count: 300_000)
        var settings = CleanerSettings()
        settings.ioBufferBytes = 64 << 10
        let bytes = [
            OldMessage(0, key: "a", value: large).array, OldMessage(1, key: "b", value: large).array,
            OldMessage(wrapping: [OldMessage(magic: 1, 2, key: "a", value: large)], codec: .gzip).array,
        ]
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
        let log = try place.openLog(segments: [(0, bytes.flatMap { $0 }), (3, [])])
        _ = try clean(log, from: nil, settings)
        #expect(try log.dataRecords().map(\.offset) == [1, 2])
    }

    // MARK: Times

    @Test func tombstonesGoByTheTimeOfTheirFileWhenALaterPartWasCleanLongAfter() throws {
        let segments = [Int64(0), 10, 20].map { base in
            (
                base,
                OldMessage(base, key: "t\(base)", value: nil).array
                    + OldMessage(base + 1, key: "\(base)", value: "v").array
            )
        }
        for (cleaned, expected) in [(Int64?.none, [0, 1, 10, 11, 20, 21]), (20, [1, 10, 11, 20, 21])] {
            let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
            let log = try place.openLog(segments: segments + [(30, [])])
            // Five seconds count: `delete.retention.ms`.
            for (base, time) in [(0, 100_000), (10, 105_000), (20, 105_000)] {
                try place.setModified(Int64(base), Int64(time))
            }
            _ = try clean(log, from: cleaned)
            #expect(try log.dataRecords().map(\.offset) == expected.map(Int64.init))
        }
    }

    @Test func theCleanedSegmentHasTheTimeOfTheLastThatItWasMadeOf() throws {
        let segments = [Int64(0), 10].map { ($0, OldMessage($0, key: "\($0)", value: "v").array) }
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
        let log = try place.openLog(segments: segments + [(20, [])])
        try place.setModified(0, 300_000)
        try place.setModified(10, 200_000)
        _ = try clean(log)
        let status = try place.fileSystem.status(of: place.path("00000000000000000000.log"))
        #expect(status?.modifiedMs == 200_000)
        #expect(try log.dataRecords().map(\.offset) == [0, 10])
    }

    @Test func timestampsOfMagic1AreFoundBeforeAndAfter() throws {
        let messages = (0..<6).map {
            OldMessage(magic: 1, Int64($0), timestampMs: Int64(1000 + 10 * $0), key: "\($0)", value: "v")
        }
        let bytes =
            messages[0].array + messages[1].array + OldMessage(wrapping: Array(messages[2...]), codec: .snappy).array
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
        let log = try place.openLog(segments: [(0, bytes), (6, [])])
        for _ in 0..<2 {
            for (time, offset) in [(0, 0), (1001, 1), (1030, 3), (1041, 5)] {
                #expect(try log.offset(forTimestamp: Int64(time))?.offset == Int64(offset))
            }
            #expect(try log.offset(forTimestamp: 1051) == nil)
            #expect(try log.offset(forTimestamp: SpecialTimestamp.maxTimestamp)?.offset == 5)
            _ = try clean(log)
        }
    }

    // MARK: Ends and damage

    @Test func whereNothingIsLeftOfTheLastMessageABatchWithoutRecordsStays() throws {
        let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
        let bytes = OldMessage(0, key: "a", value: "v").array + OldMessage(1, key: nil, value: "v").array
        let log = try place.openLog(segments: [(0, bytes), (2, [])])
        #expect(try clean(log).endOffset == 2)
        #expect(try log.allBatches().map(\.recordCount) == [1, 0])
        #expect(try log.allBatches().last?.lastOffset == 1)
    }

    /// Each byte of a log: what the cleaner cannot understand it leaves as it is, and says so.
    @Test func aDamagedMessageIsNotWrittenAnew() throws {
        let messages = (2..<5).map { OldMessage(magic: 1, $0, timestampMs: 5, key: "k", value: "value") }
        let parts = [
            OldMessage(0, key: "k", value: "value").array, OldMessage(magic: 1, 1, key: "k", value: "value").array,
            OldMessage(wrapping: messages, codec: .lz4).array, OldMessage(5, key: "end", value: "v").array,
        ]
        let bytes = parts.flatMap { $0 }
        var refused = 0
        for position in bytes.indices {
            for flip in (position % 2 == 0 ? [0x01] : [0x80]) as [UInt8] {
                var damaged = bytes
                damaged[position] ^= flip
                let disk = SimulatedFileSystem(seed: 1)
                let place = try TestLogs(simulated: disk)
                // After a stop in order nothing is looked at before the cleaner does.
                guard let log = try? place.openLog(segments: [(0, damaged), (6, [])], clean: true) else { continue }
                let before = try place.contents("00000000000000000000.log")
                do {
                    _ = try clean(log)
                    // An offset has nothing that covers it.
                    #expect([0, 1, 2, 3].contains { start($0, parts) <= position && position < start($0, parts) + 8 })
                } catch CleaningError.damaged {
                    refused += 1
                    #expect(try place.contents("00000000000000000000.log") == before)
                    #expect(try place.names().allSatisfy { !$0.contains(".cleaned") && !$0.contains(".swap") })
                }
            }
        }
        #expect(refused > bytes.count * 3 / 4)
    }

    private func start(_ part: Int, _ parts: [[UInt8]]) -> Int { parts[..<part].reduce(0) { $0 + $1.count } }

    @Test func theCheckOpensOldMessages() throws {
        let wrapper = OldMessage(wrapping: [OldMessage(magic: 1, 1, key: "k", value: "value")], codec: .gzip)
        let bytes = OldMessage(0, key: "k", value: "value").array + wrapper.array
        for position in [nil, 12, 20, 30, bytes.count - 1] as [Int?] {
            var written = bytes
            if let position { written[position] ^= 1 }
            let place = try TestLogs(simulated: SimulatedFileSystem(seed: 1))
            let log = try place.openLog(segments: [(0, written)], clean: true)
            try log.close()
            let report = try DirectoryCheck.run(place.folder, fileSystem: place.fileSystem)
            #expect(report.isSound == (position == nil), "\(report.lines)")
        }
    }
}

extension RecordBatch {
    fileprivate func hasTombstone() throws -> Bool { try records().contains { $0.value == nil } }
}
