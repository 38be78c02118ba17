// The log directories that Apache Kafka 4.3.1 itself wrote, opened, checked and added to.

import Bytes
import Files
import Foundation
import KafkaAtHand
import KafkaWire
import Records
import Testing

@testable import LogStorage

enum KafkaDirectories {
    static func folder() throws -> String {
        try #require(KafkaRelease.directories, Comment(rawValue: KafkaRelease.whyNoDirectories)).path
    }

    /// Every partition's directory, `__cluster_metadata` too, by path.
    static func partitions() throws -> [String] {
        let folder = try folder()
        return try ["one", "two"].flatMap { name in
            try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted()
                .filter { FileManager.default.fileExists(atPath: "\(folder)/\(name)/\($0)/partition.metadata") }
                .map { "\(folder)/\(name)/\($0)" }
        }
    }

    /// Copies a directory, so that it can be written to.
    static func copy(_ source: String, to target: String) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: source) {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(source)/\(name)", isDirectory: &isDirectory)
            if isDirectory.boolValue {
                try copy("\(source)/\(name)", to: "\(target)/\(name)")
            } else {
                let bytes = try Data(contentsOf: URL(filePath: "\(source)/\(name)"))
                try bytes.write(to: URL(filePath: "\(target)/\(name)"))
            }
        }
    }

    /// The files of a directory, by name.
    static func files(_ directory: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            files[name] = [UInt8](try Data(contentsOf: URL(filePath: "\(directory)/\(name)")))
        }
        return files
    }
}

@Suite(.enabled(if: KafkaRelease.directoriesAreWanted, Comment(rawValue: KafkaRelease.whyNoDirectories)))
struct KafkaDirectoriesTests {
    /// The names of files whose bytes follow from the batches alone.
    private static func isDerived(_ name: String) -> Bool {
        ["index", "timeindex", "txnindex", "snapshot"].contains { name.hasSuffix($0) }
    }

    /// The node was stopped once between two writes to its metadata log; the distance between index entries is counted
    /// anew from each start.
    private static func wasReopened(_ path: String) -> Bool { path.hasSuffix("__cluster_metadata-0") }

    private func partition(_ path: String) throws -> TopicPartition {
        try #require(TopicPartition(directoryName: FilePath.name(of: path)))
    }

    /// A snapshot without what the log does not tell: the order of its entries.
    private func entries(_ snapshot: [UInt8]) -> [[UInt8]] {
        stride(from: 10, to: snapshot.count, by: 46).map { Array(snapshot[$0..<$0 + 46]) }.sorted {
            $0.lexicographicallyPrecedes($1)
        }
    }

    @Test func indexesAndSnapshotsBuiltFromTheBatchesAreKafkasByteForByte() throws {
        let place = try TestLogs()
        var compared = 0
        for source in try KafkaDirectories.partitions() {
            let path = FilePath.join(place.folder, FilePath.name(of: source) + "-" + String(compared))
            try KafkaDirectories.copy(source, to: path)
            let kafkas = try KafkaDirectories.files(source)
            for name in kafkas.keys where Self.isDerived(name) {
                try place.fileSystem.removeFile(FilePath.join(path, name))
            }
            let log = try PartitionLog.open(
                try partition(source), at: path, config: .standard, environment: place.environment(),
                wasClosedCleanly: false)
            let end = log.logEndOffset
            try log.close()
            let ours = try KafkaDirectories.files(path)
            for (name, bytes) in kafkas where Self.isDerived(name) {
                // The snapshot of a controller's checkpoint, or of where records were deleted up to, is no segment's.
                guard let own = ours[name] else {
                    #expect(
                        name.hasSuffix(".snapshot") && !name.hasPrefix(LogFileName.padded(end)), "\(source)/\(name)")
                    continue
                }
                if name.hasSuffix(".snapshot") {
                    #expect(entries(own) == entries(bytes), "\(source)/\(name)")
                } else if !Self.wasReopened(source) {
                    #expect(own == bytes, "\(source)/\(name)")
                }
                compared += 1
            }
            #expect(ours.filter { $0.key.hasSuffix(".log") } == kafkas.filter { $0.key.hasSuffix(".log") })
            #expect(ours["leader-epoch-checkpoint"] == kafkas["leader-epoch-checkpoint"], "\(source)")
        }
        #expect(compared > 30)
    }

    @Test func batchesAppendedOneByOneGiveKafkasFiles() throws {
        let place = try TestLogs()
        var compared = 0
        for source in try KafkaDirectories.partitions() {
            let logs = try KafkaDirectories.files(source).filter { $0.key.hasSuffix(".log") }
            guard logs.count == 1, !Self.wasReopened(source), let (name, bytes) = logs.first, !bytes.isEmpty else {
                continue
            }
            let path = FilePath.join(place.folder, FilePath.name(of: source) + "-\(compared)")
            try place.fileSystem.createDirectory(path)
            let log = try PartitionLog.open(
                try partition(source), at: path, config: .standard, environment: place.environment(),
                wasClosedCleanly: false)
            var batches = RecordBatches(bytes: ByteSlice(copying: bytes))
            while let batch = try batches.next() {
                _ = try log.append(ByteSlice(copying: batch.bytes.array), leaderEpoch: -1, origin: .replication)
            }
            try log.close()
            let ours = try KafkaDirectories.files(path)
            let kafkas = try KafkaDirectories.files(source)
            for (name, own) in ours where name != "leader-epoch-checkpoint" {
                let bytes = try #require(kafkas[name], "\(source)/\(name)")
                if name.hasSuffix(".snapshot") {
                    #expect(entries(own) == entries(bytes), "\(source)/\(name)")
                } else {
                    #expect(own == bytes, "\(source)/\(name)")
                }
                compared += 1
            }
            #expect(ours[name] == bytes)
        }
        #expect(compared > 20)
    }

    @Test func theDirectoriesOfANodeOpenAsTheyWereLeftAndWithoutAWord() throws {
        let place = try TestLogs()
        try KafkaDirectories.copy(KafkaDirectories.folder(), to: place.folder)
        let (environment, worker, _) = place.manualEnvironment()
        let paths = ["one", "two"].map { FilePath.join(place.folder, $0) }
        let directories = try paths.map { try LogDirectory.open($0, environment: environment) }
        #expect(directories.allSatisfy { $0.hadCleanShutdown && $0.previousBrokerEpoch > 0 })
        #expect(Set(directories.map { $0.metaProperties?.clusterId }).count == 1)
        let registry = LogRegistry(directories: directories, environment: environment)
        try registry.loadLogs { _ in .standard }
        for path in paths {
            let ends = try OffsetCheckpoint.recoveryPoint.read(from: path, fileSystem: place.fileSystem)
            let starts = try OffsetCheckpoint.logStartOffset.read(from: path, fileSystem: place.fileSystem)
            #expect(!ends.isEmpty)
            for (partition, end) in ends {
                let log = try #require(registry.log(partition), "\(partition)")
                #expect(log.logEndOffset == end && log.logStartOffset == starts[partition] ?? 0, "\(partition)")
                #expect(log.topicId != nil)
                let batches = try log.readAll(from: log.logStartOffset)
                #expect(
                    batches.isEmpty ? log.logStartOffset == end : batches.last?.lastOffset == end - 1, "\(partition)")
                try log.append(.data(2), leaderEpoch: 100)
                #expect(log.logEndOffset == end + 2, "\(partition)")
            }
        }
        worker.runAll()
        registry.close()
        #expect(place.warnings.isEmpty, "\(place.warnings)")
    }

    @Test func committedAndAbortedTransactionsAreReadAsSuchAndAnOpenOneStaysOpen() throws {
        let place = try TestLogs()
        var aborted = 0
        for source in try KafkaDirectories.partitions() {
            let index = try KafkaDirectories.files(source).filter { $0.key.hasSuffix(".txnindex") && !$0.value.isEmpty }
            guard !index.isEmpty else { continue }
            let path = FilePath.join(place.folder, FilePath.name(of: source))
            try KafkaDirectories.copy(source, to: path)
            let log = try PartitionLog.open(
                try partition(source), at: path, config: .standard, environment: place.environment(),
                wasClosedCleanly: true)
            let read = try log.read(from: log.logStartOffset, maxBytes: 1 << 20, upTo: .lastStableOffset)
            let expected = index.values.flatMap { bytes in
                stride(from: 0, to: bytes.count, by: 34).map { AbortedTxn(ByteSlice(copying: bytes), at: $0) }
            }
            #expect(
                Set(read.abortedTransactions ?? [])
                    == Set(expected.map { AbortedTransaction(producerId: $0.producerId, firstOffset: $0.firstOffset) }))
            aborted += expected.count
            #expect(
                log.activeProducers().allSatisfy { producer in
                    producer.currentTransactionStartOffset < 0
                        || producer.currentTransactionStartOffset >= log.lastStableOffset
                })
        }
        #expect(aborted > 0)
    }
}
