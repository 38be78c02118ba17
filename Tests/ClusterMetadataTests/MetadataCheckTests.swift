import Bytes
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Testing

@testable import ClusterMetadata

/// What `martlet check` says of the metadata's files.
@Suite struct MetadataCheckTests {
    private static let snapshot = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"
    private static let quorum = "__cluster_metadata-0/quorum-state"

    /// A directory with a snapshot of the log, too, stopped in order.
    private static func written() async throws -> (node: MetadataNode, newest: String) {
        let node = MetadataNode(keys: SnapshotTests.dueAtOnce)
        try node.start()
        _ = try await node.create(ControllerBench.topic("t"))
        _ = try await node.create(ControllerBench.topic("u"))
        try node.stop()
        let names = try node.names(node.logPath).filter { $0.hasSuffix(".checkpoint") }
        return (node, "__cluster_metadata-0/" + (try #require(names.last)))
    }

    private static func check(_ node: MetadataNode) throws -> CheckReport {
        try DirectoryCheck.run(
            "/data", fileSystem: node.fileSystem,
            metadata: { MetadataCheck.faults(in: $0, fileSystem: node.fileSystem) })
    }

    @Test func aSoundDirectoryHasNoFault() async throws {
        let (node, newest) = try await Self.written()
        #expect(newest != Self.snapshot)
        let report = try Self.check(node)
        #expect(report.isSound, "\(report.lines)")
        #expect(MetadataCheck.faults(in: "/nowhere", fileSystem: node.fileSystem).isEmpty)
    }

    @Test func garbageInAnyOfTheFilesIsNamedAndLeftAsItIs() async throws {
        let (node, newest) = try await Self.written()
        let image = node.fileSystem.image
        for name in ["bootstrap.checkpoint", Self.snapshot, newest, Self.quorum] {
            for garbage in [Array("this is no such file".utf8), [], [UInt8](repeating: 0xFF, count: 500)] {
                node.fileSystem.restore(image)
                try node.fileSystem.open("/data/" + name, .truncate).write(garbage)
                let calls = node.fileSystem.callCount
                let report = try Self.check(node)
                #expect(node.fileSystem.callCount == calls, "\(name): something was written")
                #expect(report.damageCount == 1, "\(name): \(report.lines)")
                #expect(report.lines.contains { $0.hasPrefix("  damaged: /data/\(name)") }, "\(report.lines)")
            }
        }
    }

    @Test func everyByteOfASnapshotCounts() async throws {
        let (node, newest) = try await Self.written()
        let image = node.fileSystem.image
        for name in ["bootstrap.checkpoint", newest] {
            for position in 0..<(try node.bytes("/data/" + name).count) {
                // Outside what the CRC covers: offsets and epochs of the batches, which nobody goes by in a snapshot.
                node.fileSystem.restore(image)
                try node.fileSystem.damage("/data/" + name, at: position) { $0 ^ 0x11 }
                let isNamed = try Self.check(node).lines.contains { $0.contains("damaged: /data/\(name)") }
                if !isNamed {
                    let bytes = try node.bytes("/data/" + name)
                    #expect(Self.isOutsideCrc(position, bytes), "\(name) byte \(position)")
                }
            }
        }
    }

    /// Whether a byte is in a batch's base offset or leader epoch.
    private static func isOutsideCrc(_ position: Int, _ bytes: [UInt8]) -> Bool {
        var start = 0
        while start + 12 <= position {
            let length = bytes[(start + 8)..<(start + 12)].reduce(0) { $0 << 8 | Int($1) }
            if position < start + 12 + length { break }
            start += 12 + length
        }
        return (0..<8).contains(position - start) || (12..<16).contains(position - start)
    }

    @Test func anEpochWithoutANextAndANameWithoutAnOffsetAreFaults() async throws {
        let (node, _) = try await Self.written()
        try QuorumState(leaderId: 1, leaderEpoch: Int32.max).write(to: node.logPath, fileSystem: node.fileSystem)
        let strange = "09223372036854775807-0000000001.checkpoint"
        try node.fileSystem.open(FilePath.join(node.logPath, strange), .create).write([1])
        let faults = MetadataCheck.faults(in: "/data", fileSystem: node.fileSystem)
        #expect(faults.count == 2, "\(faults)")
        #expect(faults.contains { $0.contains(strange) } && faults.contains { $0.contains("2147483647") })
    }

    /// Puts a batch behind the log's last; what its records are, `values` say.
    private static func append(_ values: [[UInt8]], to node: MetadataNode) throws -> Int64 {
        let path = FilePath.join(node.logPath, "00000000000000000000.log")
        let file = try node.fileSystem.open(path, .readWrite)
        var batches = RecordBatches(bytes: try node.fileSystem.contents(of: path))
        var end: Int64 = 0
        while let batch = try batches.next() { end = batch.nextOffset }
        var builder = MetadataBatchBuilder(baseOffset: end, BatchStamp(epoch: 1, timestampMs: 1))
        for value in values { builder.append(key: nil, value: ByteSlice(copying: value)) }
        try file.write(builder.finish(), at: try file.sizeBytes())
        return end
    }

    private static func frame(_ record: MetadataRecord) -> [UInt8] {
        var writer = WireWriter(reserving: 64)
        record.encode(to: &writer, metadataVersion: .latest)
        return writer.finishBytes().array
    }

    @Test func recordsOfTheLogThatNobodyCanGoByAreNamed() async throws {
        let (node, _) = try await Self.written()
        let image = node.fileSystem.image
        let strange = Uuid(mostSignificantBits: 5, leastSignificantBits: 6)
        var partition = PartitionRecord()
        partition.topicId = strange
        partition.partitionId = 0
        var change = PartitionChangeRecord()
        change.topicId = strange
        var removal = RemoveTopicRecord()
        removal.topicId = strange
        let cases: [(values: [[UInt8]], said: String)] = [
            ([Self.frame(.partition(partition))], "topic \(strange), which does not exist"),
            ([Self.frame(.partitionChange(change))], "topic \(strange), which does not exist"),
            ([Self.frame(.removeTopic(removal))], "topic \(strange), which does not exist"),
            // Record 999; a topic at version 9; a frame of version 2; a topic without its fields.
            ([[1, 0xE7, 0x07, 0]], "999"), ([[1, 2, 9]], "version 9"), ([[2, 2, 0]], "frame version 2"),
            ([[1, 2, 0]], "cannot be read"),
        ]
        for one in cases {
            node.fileSystem.restore(image)
            let offset = try Self.append(one.values, to: node)
            let calls = node.fileSystem.callCount
            let report = try Self.check(node)
            #expect(node.fileSystem.callCount == calls, "\(one.said): something was written")
            #expect(report.damageCount == 1, "\(one.said): \(report.lines)")
            let isNamed = report.lines.contains { line in
                line.contains("batch at offset \(offset)") && line.contains(one.said)
            }
            #expect(isNamed, "\(one.said): \(report.lines)")
        }
        // Nothing is wrong with another record.
        node.fileSystem.restore(image)
        var ids = ProducerIdsRecord()
        ids.nextProducerId = 1
        _ = try Self.append([Self.frame(.producerIds(ids))], to: node)
        let report = try Self.check(node)
        #expect(report.isSound, "\(report.lines)")
    }

    @Test func aLogWhoseBeginningNoSnapshotHoldsIsAFault() async throws {
        let (node, _) = try await Self.written()
        let first = FilePath.join(node.logPath, "00000000000000000000")
        for suffix in [".log", ".index", ".timeindex"] {
            try node.fileSystem.rename(first + suffix, to: FilePath.join(node.logPath, "00000000000000000900" + suffix))
        }
        let faults = MetadataCheck.faults(in: "/data", fileSystem: node.fileSystem)
        #expect(faults.contains { $0.contains("begins at offset 900") }, "\(faults)")
    }
}
