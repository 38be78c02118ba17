import Bytes
import Files
import KafkaWire
import Records
import Testing

@testable import LogStorage

/// Every byte of a small log directory is damaged once: it is found out, or does no harm, and nothing ever traps.
@Suite struct FlippedByteTests {
    /// A directory with a log of two segments, transactions, several epochs and a moved start, closed in order.
    private func write(_ disk: SimulatedFileSystem) throws -> (TestLogs, Set<[UInt8]>) {
        let place = try TestLogs(simulated: disk)
        let directory = try LogDirectory.open(place.folder, environment: place.manualEnvironment().0)
        try directory.format(MetaProperties(clusterId: "abcdefghijklmnopqrstuv", nodeId: 1, directoryId: .random()))
        directory.release()
        let registry = try place.openRegistry(config: config)
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: SharedLogConfig(config))
        for index in 0..<7 {
            try log.append(
                .produced(1, sequence: Int32(2 * index), count: 2, timestampMs: Int64(1000 + 10 * index)),
                leaderEpoch: Int32(index / 3))
        }
        try log.append(.produced(5, sequence: 0, transactional: true), leaderEpoch: 3)
        try log.append(.marker(5, abort: true), leaderEpoch: 3, origin: .coordinator)
        _ = try log.deleteRecords(before: 1)
        var written: Set<[UInt8]> = []
        for offset in log.logStartOffset..<log.logEndOffset {
            for batch in try log.read(from: offset, maxBytes: 1000).batches() { written.insert(Self.checked(batch)) }
        }
        registry.close()
        return (place, written)
    }

    /// The part of a batch that its CRC is for. Base offset and leader epoch stand before it: nothing in the format
    /// tells that a broker's disk changed those.
    private static func checked(_ batch: RecordBatch) -> [UInt8] { Array(batch.bytes.array[16...]) }

    /// Where the base offset of a file's last batch stands.
    private static func lastBaseOffset(_ bytes: ByteSlice) -> Range<Int> {
        var start = 0
        while let header = RecordBatchHeader(bytes, at: start), start + header.sizeBytes < bytes.count {
            start += header.sizeBytes
        }
        return start..<start + 8
    }

    private var config: LogConfig {
        var config = LogConfig()
        config.segmentSizeBytes = 800
        config.indexIntervalBytes = 0
        return config
    }

    /// Opens what is there and asks it for everything; what it gives as data must have been written.
    private func use(_ place: TestLogs, written: Set<[UInt8]>, _ flip: String, lost: inout [String]) throws {
        let warned = place.warnings.count
        var served: Set<[UInt8]> = []
        var isSaid = false
        let directory: LogDirectory
        do throws(LogDirectoryError) {
            directory = try LogDirectory.open(place.folder, environment: place.manualEnvironment().0)
        } catch {
            // Refused, with the file's name.
            #expect(error.description.contains("meta.properties"), "\(flip): \(error)")
            return
        }
        let registry = LogRegistry(directories: [directory], environment: directory.environment)
        let shared = SharedLogConfig(config)
        try registry.loadLogs { _ in shared }
        #expect(directory.failure == nil, "\(flip): \(String(describing: directory.failure))")
        let log = try #require(registry.log(TestLogs.partition), "\(flip)")
        var at = log.logStartOffset
        while at < log.logEndOffset {
            guard let read = try? log.read(from: at, maxBytes: 4096).batches(), !read.isEmpty else {
                isSaid = true
                break
            }
            // A consumer checks the CRC, and says so.
            if read.contains(where: { !$0.isCrcValid }) { isSaid = true }
            for batch in read where batch.isCrcValid {
                served.insert(Self.checked(batch))
                let isWritten = written.contains(Self.checked(batch))
                #expect(isWritten, "\(flip): a batch at \(batch.baseOffset) that nobody wrote")
            }
            at = max(at + 1, (read.last?.lastOffset ?? at) + 1)
        }
        if served != written && !isSaid && place.warnings.count == warned { lost.append(flip) }
        for timestamp in stride(from: Int64(990), to: 1090, by: 10) { _ = try? log.offset(forTimestamp: timestamp) }
        for timestamp in [SpecialTimestamp.maxTimestamp, SpecialTimestamp.earliest, SpecialTimestamp.latest] {
            _ = try? log.offset(forTimestamp: timestamp)
        }
        for offset in 0...16 { _ = try? log.read(from: Int64(offset), maxBytes: 100, upTo: .lastStableOffset) }
        for epoch in Int32(-1)...4 { _ = log.endOffset(forEpoch: epoch) }
        _ = try? log.append(.data(1))
        _ = try? log.append(.produced(1, sequence: 14))
        _ = try? log.deleteRecords(before: 3)
        _ = try? log.deleteOldSegments()
        registry.close()
        #expect(directory.failure == nil, "\(flip): \(String(describing: directory.failure))")
    }

    @Test(arguments: [true, false])
    func everyFlippedByteIsFoundOutOrHarmless(isClean: Bool) throws {
        let disk = SimulatedFileSystem(seed: 8)
        let (place, written) = try write(disk)
        #expect(written.count == 9)
        if !isClean { try disk.removeFile(FilePath.join(place.folder, CleanShutdownFile.fileName)) }
        let image = disk.image
        var flips = 0
        var lost: [String] = []
        var unprotected: [String] = []
        for path in image.files {
            let bytes = try disk.contents(of: path)
            let size = bytes.count
            if path.hasSuffix(".log") { unprotected += Self.lastBaseOffset(bytes).map { "\(path) byte \($0)" } }
            // Another bit each time.
            for position in 0..<size {
                disk.restore(image)
                try disk.damage(path, at: position) { $0 ^ (1 << UInt8(truncatingIfNeeded: position % 8)) }
                try use(place, written: written, "\(path) byte \(position)", lost: &lost)
                flips += 1
            }
        }
        #expect(flips > 900)
        // What is not served is missed by somebody: a start, a lookup, a consumer. But for the base offset of a
        // segment's last batch, which no CRC covers and nothing stands against but martlet check.
        #expect(lost.allSatisfy { unprotected.contains($0) }, "\(lost)")
    }
}
