import Files
import Synchronization
import Testing

@testable import LogStorage

/// Finding the place of a read without waiting for the disk.
@Suite struct ColdLookupTests {
    /// What the disk was asked for, and whether segments are in memory.
    private final class Disk: Sendable {
        let isWarm = Atomic<Bool>(true)
        let reads = Atomic<Int>(0)
        var readCount: Int { reads.load(ordering: .relaxed) }
    }

    private let disk = Disk()

    private func place() throws -> TestLogs {
        let disk = self.disk
        let files = MeteredFiles(
            SimulatedFileSystem(seed: 2), isInMemory: { disk.isWarm.load(ordering: .relaxed) },
            didMove: { _ in disk.reads.add(1, ordering: .relaxed) })
        return try TestLogs(on: files)
    }

    /// Three segments of ten batches each, all but the last rolled.
    private func fill(_ logs: TestLogs, _ environment: LogEnvironment) throws -> PartitionLog {
        let log = try logs.openLog(TestLogs.indexed(), environment: environment)
        for round in 0..<3 {
            if round > 0 { try log.roll() }
            for _ in 0..<10 { try log.append(.data(1, valueBytes: 60)) }
        }
        // Opens their indexes.
        for offset in [Int64(0), 10] { log.prepareRead(at: offset, upTo: .highWatermark) }
        return log
    }

    @Test func whatIsNotInMemoryIsFoundByWhoMayWait() throws {
        let logs = try place()
        let log = try fill(logs, logs.manualEnvironment().0)
        for offset in Int64(1)..<20 { #expect(!log.isUnread(at: offset, upTo: .highWatermark)) }
        disk.isWarm.store(false, ordering: .relaxed)
        for offset in Int64(1)..<19 {
            #expect(log.isUnread(at: offset, upTo: .highWatermark), "offset \(offset)")
            log.prepareRead(at: offset, upTo: .highWatermark)
            let reads = disk.readCount
            #expect(!log.isUnread(at: offset, upTo: .highWatermark))
            let found = try log.read(from: offset, maxBytes: 1)
            #expect(disk.readCount == reads, "the read of offset \(offset) went to the disk")
            #expect(try found.batches().map(\.baseOffset) == [offset])
        }
    }

    @Test func whoReadsAtTheEndIsNotHeldUp() throws {
        let logs = try place()
        let log = try fill(logs, logs.manualEnvironment().0)
        disk.isWarm.store(false, ordering: .relaxed)
        let reads = disk.readCount
        for offset in Int64(20)...30 {
            #expect(!log.isUnread(at: offset, upTo: .highWatermark))
            _ = try log.read(from: offset, maxBytes: 1)
        }
        #expect(disk.readCount == reads)
    }

    @Test func aLookupForTheLoopReadsNoMoreThanTheReadWould() throws {
        let logs = try place()
        let log = try fill(logs, logs.manualEnvironment().0)
        let before = disk.readCount
        _ = try log.read(from: 4, maxBytes: 1)
        let ofTheRead = disk.readCount - before
        #expect(ofTheRead > 0)
        #expect(!log.isUnread(at: 7, upTo: .highWatermark))
        _ = try log.read(from: 7, maxBytes: 1)
        #expect(disk.readCount - before == 2 * ofTheRead)
    }

    @Test func aPlaceThatWasCutOffIsForgotten() throws {
        let logs = try place()
        let log = try fill(logs, logs.manualEnvironment().0)
        #expect(!log.isUnread(at: 5, upTo: .highWatermark))
        try log.truncate(to: 5)
        // Longer than the one that was there; and not one of the last of the segment any more.
        try log.append(.data(3, valueBytes: 200))
        try log.roll()
        let found = try log.read(from: 5, maxBytes: 1)
        #expect(try found.batches().map(\.lastOffset) == [7])
    }
}
