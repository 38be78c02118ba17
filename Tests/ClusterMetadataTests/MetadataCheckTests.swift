import Files
import LogStorage
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
}
