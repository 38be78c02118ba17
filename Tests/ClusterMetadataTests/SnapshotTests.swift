import Bytes
import Configuration
import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Testing

@testable import ClusterMetadata

@Suite struct SnapshotTests {
    static let dueAtOnce = ["metadata.log.max.record.bytes.between.snapshots": "1"]

    private static func snapshots(_ node: MetadataNode) throws -> [String] {
        try node.names(node.logPath).filter { $0.hasSuffix(".checkpoint") && !$0.hasPrefix("00000000000000000000-") }
    }

    /// Takes a request that writes nothing through the controller: what was behind the one before is done then.
    private static func settle(_ node: MetadataNode) async throws {
        #expect(try await node.create(ControllerBench.topic("")).errorCode != 0)
    }

    @Test func aSnapshotHoldsTheStateAndARestartReadsIt() async throws {
        let node = MetadataNode(keys: Self.dueAtOnce)
        try node.start()
        for number in 0..<5 {
            _ = try await node.create(ControllerBench.topic("t\(number)", configs: ["retention.ms": "\(number)"]))
        }
        try await Self.settle(node)
        let names = try Self.snapshots(node)
        #expect(!names.isEmpty)
        let newest = try #require(names.last.flatMap { SnapshotId(fileName: $0) })
        let image = try node.image
        #expect(newest.endOffset == image.offset + 1)
        let file = try SnapshotFile(newest, in: node.logPath, fileSystem: node.fileSystem)
        var replay = MetadataReplay()
        try replay.replay(file)
        #expect(replay.state == image.state)
        #expect(replay.kraftVersion == 1 && replay.voters?.voters.map(\.voterId) == [1])
        node.crash(.power)
        #expect(try node.replayed() == image.state)
    }

    @Test func aDamagedSnapshotIsPassedOverForAnOlderOne() async throws {
        let node = MetadataNode(keys: Self.dueAtOnce)
        try node.start()
        for number in 0..<4 { _ = try await node.create(ControllerBench.topic("t\(number)")) }
        try await Self.settle(node)
        let image = try node.image
        let newest = try #require(try Self.snapshots(node).last)
        node.crash(.power)
        try node.fileSystem.damage(FilePath.join(node.logPath, newest), at: 200) { $0 ^ 1 }
        #expect(try node.replayed() == image.state)
    }

    @Test func aSnapshotThatWasNotFinishedIsNone() async throws {
        let node = MetadataNode()
        try node.start()
        _ = try await node.create(ControllerBench.topic("t"))
        let image = try node.image
        let part = FilePath.join(node.logPath, "00000000000000000099-0000000001.checkpoint.part")
        try node.fileSystem.open(part, .create).write([1, 2, 3])
        node.crash(.process)
        #expect(try node.replayed() == image.state)
        #expect(try !node.fileSystem.exists(part))
    }

    @Test func whatASnapshotHoldsTheLogNeedNot() async throws {
        // The oldest go once log and snapshots together are above the limit; the log then begins where the oldest one
        // left ends.
        let keys = Self.dueAtOnce.merging(
            ["metadata.max.retention.bytes": "10485760", "metadata.max.retention.ms": "-1"]) { $1 }
        let node = MetadataNode(keys: keys)
        try node.start()
        for number in 0..<6 { _ = try await node.create(ControllerBench.topic("t\(number)")) }
        try await Self.settle(node)
        let image = try node.image
        #expect(try Self.snapshots(node).count >= 6)
        let log = FilePath.join(node.logPath, "00000000000000000000.log")
        node.crash(.power)
        // Without its log a node goes on from the snapshot alone.
        for name in try node.names(node.logPath) where !name.hasSuffix(".checkpoint") {
            try node.fileSystem.removeFile(FilePath.join(node.logPath, name))
        }
        #expect(try !node.fileSystem.exists(log))
        #expect(try node.replayed() == image.state)
        let store = try node.start()
        #expect(store.image.topics.count == 6 && store.image.state.epoch > image.state.epoch)
        _ = try await node.create(ControllerBench.topic("more"))
        try node.stop()
        #expect(try node.start().image.topics.count == 7)
        try node.stop()
    }

    @Test(arguments: [
        "", "x.checkpoint", "0000000000000000001-0000000001.checkpoint",
        "00000000000000000001-0000000001.checkpoint.part", "-0000000000000000001-0000000001.checkpoint",
        "99999999999999999999-0000000001.checkpoint", "00000000000000000001-9999999999.checkpoint",
    ])
    func otherNamesAreNoSnapshots(name: String) {
        #expect(SnapshotId(fileName: name) == nil)
    }

    @Test func namesSayOffsetAndEpoch() {
        let id = SnapshotId(endOffset: 132, epoch: 3)
        #expect(id.fileName == "00000000000000000132-0000000003.checkpoint")
        #expect(SnapshotId(fileName: id.fileName) == id)
        #expect(SnapshotId(endOffset: 5, epoch: 9) < SnapshotId(endOffset: 6, epoch: 1))
    }

    @Test func aFileThatBeginsOrEndsOtherwiseIsRefused() throws {
        let node = MetadataNode()
        try node.start()
        try node.stop()
        let id = SnapshotId(endOffset: 0, epoch: 0)
        let path = FilePath.join(node.logPath, id.fileName)
        let whole = try node.bytes(path)
        for kept in [0, 1, 60, whole.count - 1, whole.count - 80] {
            try node.fileSystem.open(path, .truncate).write(Array(whole[..<kept]))
            #expect(throws: MetadataStoreError.self, "\(kept) bytes") {
                _ = try SnapshotFile(id, in: node.logPath, fileSystem: node.fileSystem)
            }
        }
    }
}
