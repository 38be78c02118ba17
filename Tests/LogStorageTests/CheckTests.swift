import Bytes
import Files
import KafkaAtHand
import KafkaWire
import Records
import Testing

@testable import LogStorage

/// `martlet check`: what it says of sound directories and of damaged ones.
@Suite struct CheckTests {
    /// A directory with one log of two segments, stopped in order.
    private func write(_ disk: SimulatedFileSystem, close: Bool = true) throws -> TestLogs {
        let place = try TestLogs(simulated: disk)
        var config = LogConfig()
        config.segmentSizeBytes = 600
        config.indexIntervalBytes = 0
        let directory = try LogDirectory.open(place.folder, environment: place.manualEnvironment().0)
        try directory.format(MetaProperties(clusterId: "abcdefghijklmnopqrstuv", nodeId: 3, directoryId: nil))
        directory.release()
        let registry = try place.openRegistry(config: config)
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: SharedLogConfig(config))
        for index in 0..<6 {
            try log.append(.produced(1, sequence: Int32(2 * index), count: 2, timestampMs: Int64(1000 + 10 * index)))
        }
        try log.append(.produced(5, sequence: 0, transactional: true))
        try log.append(.marker(5, abort: true), origin: .coordinator)
        if close { registry.close(brokerEpoch: 17) }
        return place
    }

    private func check(_ place: TestLogs) throws -> CheckReport {
        try DirectoryCheck.run(place.folder, fileSystem: place.fileSystem)
    }

    @Test func aSoundDirectoryIsDescribedInALineAPartition() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let place = try write(disk)
        let report = try check(place)
        #expect(report.isSound && report.partitionCount == 1)
        #expect(report.lines.count == 3, "\(report.lines)")
        #expect(
            report.lines[0] == "/data: node 3 of cluster abcdefghijklmnopqrstuv, stopped in order (broker epoch 17)")
        #expect(
            report.lines[1].hasPrefix("t-0: 2 segments, ")
                && report.lines[1].hasSuffix(" 8 batches, offsets 0 up to 14"))
        #expect(report.lines[2] == "/data: 1 partition, sound")
    }

    @Test func whatADamagedByteSpoilsIsNamedAndNothingIsChanged() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let place = try write(disk)
        let image = disk.image
        var missed: [String] = []
        for path in image.files where path.hasPrefix(place.logPath) {
            let size = try disk.contents(of: path).count
            for position in 0..<size {
                disk.restore(image)
                try disk.damage(path, at: position) { $0 ^ 0x11 }
                let calls = disk.callCount
                let report = try check(place)
                #expect(disk.callCount == calls, "\(path) byte \(position): something was written")
                let isNamed = report.lines.contains { $0.contains("damaged: ") && $0.contains(FilePath.name(of: path)) }
                if !isNamed { missed.append("\(FilePath.name(of: path)) \(position)") }
            }
        }
        // Nothing stands against these: leader epochs in batches and in their checkpoint, and the topic's id. What the
        // last offset of a segment stands against is another file, which is named then.
        let open = missed.filter { !$0.contains("partition.metadata") && !$0.contains("leader-epoch") }
        #expect(open.allSatisfy { $0.contains(".log") } && open.count <= 8 * 4 + 2 * 4, "\(open)")
    }

    @Test func anUnfinishedTailIsDamageAfterACleanStopAloneAndElseCutOff() throws {
        for isClean in [true, false] {
            let disk = SimulatedFileSystem(seed: 1)
            let place = try write(disk)
            if !isClean { try disk.removeFile(FilePath.join(place.folder, CleanShutdownFile.fileName)) }
            let name = try #require(try place.names().last { $0.hasSuffix(".log") })
            try place.overwrite(name, try place.contents(name) + [1, 2, 3])
            let report = try check(place)
            #expect(report.isSound == !isClean)
            #expect(report.lines.contains { $0.contains("3 bytes from byte") })
        }
    }

    @Test func anUncleanDirectoryWithWritesInMemoryIsNoDamage() throws {
        let disk = SimulatedFileSystem(seed: 1)
        let report = try check(try write(disk, close: false))
        #expect(report.isSound, "\(report.lines)")
        #expect(report.lines[0].hasSuffix("not stopped in order, or in use"))
        #expect(report.lines.contains { $0.contains("a .lock file is there") })
    }

    @Test(.enabled(if: KafkaRelease.directoriesAreWanted, Comment(rawValue: KafkaRelease.whyNoDirectories)))
    func kafkasOwnDirectoriesAreSound() throws {
        for name in ["one", "two"] {
            let report = try DirectoryCheck.run(try KafkaDirectories.folder() + "/" + name)
            #expect(report.isSound && report.partitionCount > 5, "\(report.lines)")
        }
    }
}
