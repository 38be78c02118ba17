import Bytes
import Files
import Glibc
import Synchronization
import Testing

@testable import LogStorage

/// The cleaner's reads, one chunk ahead.
@Suite struct ReadAheadTests {
    /// What `CleaningBatches` gives of a log's first segment: each batch's last offset and checksum.
    private func batches(of log: PartitionLog, readsAhead: Bool, bufferBytes: Int) throws -> [String] {
        let segment = try #require(log.view.withLock { $0.segments.first })
        var batches = try CleaningBatches(
            segment, from: 0, buffer: ByteStorage(capacityBytes: bufferBytes),
            throttle: CleanerThrottle(bytesPerSecond: .infinity), readsAhead: readsAhead)
        var found: [String] = []
        while let batch = try batches.next() {
            guard case .current(let current) = batch else { continue }
            found.append("\(current.lastOffset) \(current.sizeBytes) \(current.crc)")
        }
        return found
    }

    @Test(arguments: [(32 << 10), (100 << 10)])
    func whatIsReadAheadIsWhatIsReadOtherwise(bufferBytes: Int) throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        // Batches of all sizes up to a rest's, which end anywhere in a chunk.
        for number in 0..<500 {
            try log.append(.data(1 + number % 3, valueBytes: 1 + number * 7919 % 7000))
        }
        let expected = try batches(of: log, readsAhead: false, bufferBytes: bufferBytes)
        #expect(expected.count == 500)
        #expect(try batches(of: log, readsAhead: true, bufferBytes: bufferBytes) == expected)
    }

    @Test func aBatchLargerThanAChunkIsReadWhenItIsNeeded() throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for number in 0..<300 {
            try log.append(.data(1, valueBytes: number == 120 ? 500_000 : 5000))
        }
        let expected = try batches(of: log, readsAhead: false, bufferBytes: 64 << 10)
        #expect(expected.count == 300)
        #expect(try batches(of: log, readsAhead: true, bufferBytes: 64 << 10) == expected)
    }

    @Test func aFailedReadIsToldInItsPlace() throws {
        let file = BrokenFile(goodBytes: 3000)
        let ahead = try #require(ReadAhead(file, from: 0, to: 10_000, capacityBytes: 2000))
        // A quarter of a chunk's memory is for the rest of the one before.
        #expect(try ahead.next(behind: .empty).count == 1500)
        #expect(try ahead.next(behind: .empty).count == 1500)
        #expect(throws: FileError.self) { try ahead.next(behind: .empty) }
    }

    @Test func aReaderThatIsNoLongerWantedEndsAndLetsGoOfTheFile() throws {
        var file: BrokenFile? = BrokenFile(goodBytes: .max)
        weak let held = file
        do {
            let open = try #require(file)
            let ahead = try #require(ReadAhead(open, from: 0, to: .max, capacityBytes: 2000))
            _ = try ahead.next(behind: .empty)
            // The chunk that was taken and the one after it: there is no memory for more.
            #expect(open.readsBegun <= 2)
        }
        file = nil
        #expect(held == nil)
    }
}

/// A file of zeros of which a part can be read.
private final class BrokenFile: OpenFile {
    private let goodBytes: Int64
    private let reads = Atomic<Int>(0)

    init(goodBytes: Int64) {
        self.goodBytes = goodBytes
    }

    var readsBegun: Int { reads.load(ordering: .relaxed) }
    var fileDescriptor: Int32 { -1 }
    var path: String { "/broken" }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
        reads.add(1, ordering: .relaxed)
        guard position + Int64(buffer.count) <= goodBytes else {
            throw FileError(call: "pread", path: path, errno: EIO)
        }
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        return buffer.count
    }

    func sizeBytes() throws(FileError) -> Int64 { .max }
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int64) throws(FileError) {}
    func truncate(to sizeBytes: Int64) throws(FileError) {}
    func sync() throws(FileError) {}
    func setModified(_ modifiedMs: Int64) throws(FileError) {}
}
