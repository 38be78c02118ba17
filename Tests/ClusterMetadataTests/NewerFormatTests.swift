import Files
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Testing

@testable import ClusterMetadata

/// Directories that a newer release wrote, or that say of epochs and offsets what cannot be, are refused in one line.
@Suite struct NewerFormatTests {
    private static let features: [(name: String, level: Int16, said: String)] = [
        ("metadata.version", 31, "7 to 30"), ("metadata.version", 32_767, "7 to 30"),
        ("metadata.version", 6, "7 to 30"),
        ("transaction.version", 3, "0 to 2"), ("group.version", -1, "0 to 1"), ("share.version", 2, "0 to 1"),
        ("streams.version", 9, "0 to 1"), ("eligible.leader.replicas.version", 2, "0 to 1"),
        ("queue.version", 1, "none"),
    ]

    private static func feature(_ name: String, _ level: Int16) -> MetadataRecord {
        var record = FeatureLevelRecord()
        record.name = name
        record.featureLevel = level
        return .featureLevel(record)
    }

    /// A node's directory, stopped in order.
    private static func written() throws -> MetadataNode {
        let node = MetadataNode()
        try node.start()
        try node.stop()
        return node
    }

    /// Puts batches behind the metadata log's last.
    private static func append(_ records: [MetadataRecord], epoch: Int32 = 1, to node: MetadataNode) throws {
        let path = FilePath.join(node.logPath, "00000000000000000000.log")
        let file = try node.fileSystem.open(path, .readWrite)
        let end = try node.replayed().offset + 1
        let batches = try MetadataBatch.encode(
            records, baseOffset: end, BatchStamp(epoch: epoch, timestampMs: 1), metadataVersion: .latest)
        for batch in batches { try file.write(batch, at: try file.sizeBytes()) }
    }

    /// What an opening is refused with.
    private static func message(_ node: MetadataNode) throws -> String {
        do {
            try node.open()
            return "it was opened"
        } catch let error as MetadataStoreError {
            return error.description
        }
    }

    /// The same of a directory whose files stay as they are.
    private static func refusal(_ node: MetadataNode) throws -> String {
        let paths = node.fileSystem.image.files.filter { !$0.hasSuffix(".lock") }
        let before = try paths.map { try node.bytes($0) }
        let said = try message(node)
        #expect(!said.contains("\n"))
        for (path, bytes) in zip(paths, before) { #expect(try node.bytes(path) == bytes, "\(path)") }
        return said
    }

    // MARK: Features

    @Test(arguments: features)
    func aLevelInTheLogThatIsNotSupportedIsRefused(name: String, level: Int16, said: String) throws {
        let node = try Self.written()
        try Self.append([Self.feature(name, level)], to: node)
        let refusal = try Self.refusal(node)
        #expect(refusal.hasPrefix(node.logPath), "\(refusal)")
        #expect(refusal.contains("\(name) is at level \(level)") && refusal.contains("supports \(said)"), "\(refusal)")
        #expect(refusal.contains("newer") == (level != 6 && level != -1), "\(refusal)")
    }

    @Test func aLevelInASnapshotIsRefusedAndNoOlderSnapshotIsTried() throws {
        let node = try Self.written()
        var state = try node.replayed()
        state.features["metadata.version"] = 31
        let id = SnapshotId(endOffset: state.offset + 1, epoch: state.epoch)
        let content = SnapshotContent(id: id, lastContainedTimestampMs: 1, nowMs: 1)
        let pieces = try content.encode(metadataVersion: .latest) { state.forEachRecord($0) }
        _ = try node.fileSystem.write(pieces, to: FilePath.join(node.logPath, id.fileName))
        let refusal = try Self.refusal(node)
        #expect(refusal.contains(id.fileName) && refusal.contains("metadata.version is at level 31"), "\(refusal)")
    }

    @Test func aLevelInTheBootstrapFileIsRefused() throws {
        let node = try Self.written()
        let bootstrap = BootstrapMetadata(records: [Self.feature("metadata.version", 31)])
        // As `kafka-storage.sh format` of a newer release leaves a directory.
        for name in try node.names(node.logPath) { try node.fileSystem.removeFile(FilePath.join(node.logPath, name)) }
        _ = try node.fileSystem.write(bootstrap.encoded(nowMs: 1), to: "/data/bootstrap.checkpoint")
        let refusal = try Self.message(node)
        #expect(refusal.hasPrefix("/data/bootstrap.checkpoint"), "\(refusal)")
        #expect(refusal.contains("metadata.version is at level 31") && refusal.contains("newer"), "\(refusal)")
    }

    @Test func aKraftVersionThatIsNotSupportedIsRefused() throws {
        var record = KRaftVersionRecord()
        record.kRaftVersion = 2
        let bytes = MetadataBatch.encode(
            [.kraftVersion(record)], baseOffset: 0, BatchStamp(epoch: 1, timestampMs: 1))
        let batch = try #require(RecordBatch(bytes))
        var replay = MetadataReplay()
        do throws(MetadataReplayError) {
            try replay.replay(batch)
            Issue.record("it was replayed")
        } catch {
            #expect(error.isOfAnotherRelease && error.description.contains("kraft.version is at level 2"))
        }
    }

    @Test func recordsOfANewerReleaseAreToldFromDamage() throws {
        let node = try Self.written()
        var builder = MetadataBatchBuilder(
            baseOffset: try node.replayed().offset + 1, BatchStamp(epoch: 1, timestampMs: 1))
        // Frame version 1, record number 99, version 0.
        builder.append(key: nil, value: .init(copying: [1, 99, 0, 0]))
        let batch = builder.finish()
        let file = try node.fileSystem.open(FilePath.join(node.logPath, "00000000000000000000.log"), .readWrite)
        try file.write(batch, at: try file.sizeBytes())
        let refusal = try Self.refusal(node)
        #expect(refusal.contains("metadata record number 99") && refusal.contains("newer"), "\(refusal)")
        #expect(!refusal.contains("damaged"), "\(refusal)")
    }

    @Test func levelsThatAreSupportedAreTaken() throws {
        var replay = MetadataReplay()
        for (name, levels) in ClusterFeature.supported where name != ClusterFeature.kraftVersion {
            for level in [levels.lowerBound, levels.upperBound] {
                try replay.play([Self.feature(name, level)], offset: 0)
            }
        }
        #expect(replay.state.features["transaction.version"] == 2)
    }

    // MARK: Epochs and offsets

    @Test func aQuorumStateWhoseEpochHasNoNextIsRefused() throws {
        let node = try Self.written()
        let path = FilePath.join(node.logPath, QuorumState.fileName)
        try QuorumState(leaderId: 1, leaderEpoch: Int32.max).write(to: node.logPath, fileSystem: node.fileSystem)
        let refusal = try Self.refusal(node)
        #expect(refusal.hasPrefix(path) && refusal.contains("2147483647"), "\(refusal)")
        try QuorumState(leaderId: 1, leaderEpoch: Int32.max - 1).write(to: node.logPath, fileSystem: node.fileSystem)
        #expect(try node.start().leaderEpoch == Int32.max)
        try node.stop()
        #expect(try Self.message(node).contains("2147483647"))
    }

    @Test func aLogWhoseEpochHasNoNextIsRefused() throws {
        let node = try Self.written()
        try Self.append([.noOp(NoOpRecord())], epoch: Int32.max, to: node)
        #expect(try Self.refusal(node).contains("2147483647"))
    }

    @Test(arguments: [
        "09223372036854775807-0000000001.checkpoint", "09223372036854775806-2147483647.checkpoint",
        "04611686018427387904-0000000001.checkpoint",
    ])
    func aSnapshotNamedAfterNoOffsetIsNone(name: String) throws {
        let node = try Self.written()
        let first = try node.bytes(FilePath.join(node.logPath, "00000000000000000000-0000000000.checkpoint"))
        try node.fileSystem.open(FilePath.join(node.logPath, name), .create).write(first)
        #expect(SnapshotId(fileName: name) == nil)
        let offset = try node.replayed().offset
        #expect(try node.start().image.offset > offset)
        try node.stop()
    }
}
