import Bytes
import Files
import Records
import Testing

@testable import LogStorage

/// Offsets that no log can have, wherever the disk says them: nothing overflows, and what says them is named.
@Suite struct OffsetLimitTests {
    static let impossible = ["9223372036854775807", "9223372036854775806", "4611686018427387904", "-1"]

    /// A directory with one log of four records, stopped in order.
    private func write() throws -> TestLogs {
        let place = try TestLogs()
        let registry = try place.openRegistry()
        let log = try registry.createLog(TestLogs.partition, topicId: .random(), config: .standard)
        for _ in 0..<4 { try log.append(.data(1), leaderEpoch: 3) }
        registry.close()
        return place
    }

    private func expectWhole(_ place: TestLogs, _ comment: Comment) throws {
        let registry = try place.openRegistry()
        let log = try #require(registry.log(TestLogs.partition), comment)
        #expect(log.logStartOffset == 0 && log.logEndOffset == 4, comment)
        #expect(try log.append(.data(1), leaderEpoch: 3).firstOffset == 4, comment)
        #expect(try log.readAll().map(\.baseOffset) == [0, 1, 2, 3, 4], comment)
        registry.close()
    }

    @Test(arguments: impossible, OffsetCheckpoint.allCases)
    func aCheckpointThatNamesOneIsDamaged(offset: String, checkpoint: OffsetCheckpoint) throws {
        let place = try write()
        let file = try place.fileSystem.open(FilePath.join(place.folder, checkpoint.rawValue), .truncate)
        try file.write(Array("0\n1\nt 0 \(offset)\n".utf8))
        do throws(CheckpointError) {
            _ = try checkpoint.read(from: place.folder, fileSystem: place.fileSystem)
            Issue.record("\(checkpoint) with \(offset) was read")
        } catch {
            #expect(error.message.contains(checkpoint.rawValue) && error.message.contains(offset))
        }
        #expect(try !DirectoryCheck.run(place.folder, fileSystem: place.fileSystem).isSound)
        try expectWhole(place, "\(checkpoint) \(offset)")
    }

    @Test(arguments: impossible, [true, false])
    func aCheckpointThatNamesOneCostsNoRecordAfterACrashEither(offset: String, isStart: Bool) throws {
        let place = try write()
        try place.fileSystem.removeFile(FilePath.join(place.folder, CleanShutdownFile.fileName))
        let checkpoint: OffsetCheckpoint = isStart ? .logStartOffset : .recoveryPoint
        let file = try place.fileSystem.open(FilePath.join(place.folder, checkpoint.rawValue), .truncate)
        try file.write(Array("0\n1\nt 0 \(offset)\n".utf8))
        try expectWhole(place, "\(checkpoint) \(offset)")
        #expect(place.warnings.contains { $0.contains(checkpoint.rawValue) && $0.contains(offset) })
    }

    @Test(arguments: impossible)
    func aLeaderEpochThatBeginsAtOneIsDamage(offset: String) throws {
        let place = try write()
        try place.overwrite("leader-epoch-checkpoint", Array("0\n2\n3 0\n4 \(offset)\n".utf8))
        let registry = try place.openRegistry()
        #expect(registry.log(TestLogs.partition)?.latestLeaderEpoch == 3)
        registry.close()
        #expect(place.warnings.contains { $0.contains("leader-epoch-checkpoint") })
    }

    @Test(
        arguments: [
            "09223372036854775807", "09223372036854775806", "04611686018427387904", "99999999999999999999",
            "9223372036854775807", "18446744073709551616",
        ], [true, false])
    func aFileNamedAfterOneIsLeftAlone(name: String, isClean: Bool) throws {
        let place = try write()
        if !isClean { try place.fileSystem.removeFile(FilePath.join(place.folder, CleanShutdownFile.fileName)) }
        let bytes = try place.contents("00000000000000000000.log")
        let names = [".log", ".index", ".timeindex", ".snapshot"].map { name + $0 }
        for name in names { try place.overwrite(name, bytes) }
        let report = try DirectoryCheck.run(place.folder, fileSystem: place.fileSystem)
        for name in names { #expect(report.lines.contains { $0.contains("damaged: ") && $0.contains(name) }) }
        try expectWhole(place, "\(name) \(isClean)")
        for name in names {
            #expect(place.warnings.contains { $0.contains(name) })
            #expect(try place.contents(name) == bytes)
        }
    }

    @Test(arguments: [Int64.max, Int64.max - 1, Int64.min, -1, 1 << 62, 1 << 31])
    func aLastBatchThatSaysOneIsCutOff(offset: Int64) throws {
        let logs = try TestLogs()
        let log = try logs.openLog()
        for _ in 0..<4 { try log.append(.data(1)) }
        try log.close()
        let bytes = ByteSlice(copying: try logs.contents("00000000000000000000.log"))
        // The offset is outside what the CRC covers.
        bytes.store(offset, at: bytes.count / 4 * 3 + RecordBatchLayout.baseOffset)
        try logs.overwrite("00000000000000000000.log", bytes.array)
        for isClean in [true, false] {
            let log = try logs.openLog(clean: isClean)
            #expect(try log.append(.data(1)).firstOffset == 3)
            try log.close()
            try logs.overwrite("00000000000000000000.log", bytes.array)
            try logs.fileSystem.removeFileIfPresent(logs.path("00000000000000000004.snapshot"))
        }
    }
}
