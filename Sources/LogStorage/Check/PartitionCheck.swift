// One partition's directory: its segments, its snapshots, its small files.

import Bytes
import Files
import KafkaWire

/// Looks through a partition's directory without changing anything.
struct PartitionCheck {
    let name: String
    let path: String
    let fileSystem: any FileSystem
    let wasClosedCleanly: Bool
    /// By the directory's checkpoints.
    let recoveryPoint: Int64?
    let startOffset: Int64?

    func run(_ report: inout CheckReport) throws(FileError) {
        report.partitionCount += 1
        let names = try fileSystem.entries(of: path).filter { !$0.isDirectory }.map(\.name).sorted()
        let files = names.compactMap { LogFileName($0) }
        let bases = files.filter { $0.kind == .log && $0.suffix == .none }.map(\.offset)
        var inner = CheckReport()
        var totalBytes: Int64 = 0
        var batchCount = 0
        var end = bases.first ?? 0
        var epochs: ClosedRange<Int32>?
        var transactions = TransactionCheck(
            startOffset: bases.first ?? 0, producers: producers(before: bases.first ?? 0))
        for (slot, base) in bases.enumerated() {
            var segment = SegmentCheck(
                directory: path, baseOffset: base, fileSystem: fileSystem, isClosed: slot + 1 < bases.count,
                wasClosedCleanly: wasClosedCleanly)
            if base < end { inner.damage("segment \(base) begins before offset \(end), where the one before it ends") }
            try segment.run(&transactions, &inner)
            totalBytes += segment.sizeBytes
            batchCount += segment.batchCount
            end = max(end, segment.endOffset)
            if let own = segment.epochs {
                epochs =
                    min(
                        epochs?.lowerBound ?? own.lowerBound, own.lowerBound)...max(
                        epochs?.upperBound ?? own.upperBound, own.upperBound)
            }
        }
        if bases.isEmpty { inner.note("there is no segment; the next start makes one") }
        checkEnd(end, &inner)
        checkSmallFiles(names, epochs, &inner)
        checkSnapshots(files, &inner)
        tellOfOthers(names, files, &inner)
        for name in names where LogFileName.isStrange(name) {
            inner.damage("\(FilePath.join(path, name)) is named after no offset of a log")
        }
        let start = max(startOffset ?? 0, bases.first ?? 0)
        report.say(
            "\(name): \(Self.count(bases.count, "segment")), \(totalBytes) bytes, "
                + "\(Self.count(batchCount, "batch", "batches")), "
                + "offsets \(start) up to \(end)" + (inner.isSound ? "" : ", DAMAGED"))
        report.lines += inner.lines
        report.damageCount += inner.damageCount
    }

    /// What the producers' snapshot says; nil when there is none that can be read.
    private func producers(before offset: Int64) -> [ProducerState]? {
        if offset == 0 { return [] }
        let name = LogFileName(offset: offset, kind: .producerSnapshot).text
        guard let bytes = try? fileSystem.contents(of: FilePath.join(path, name)) else { return nil }
        return try? ProducerStateSnapshot.decode(bytes)
    }

    private func checkEnd(_ end: Int64, _ report: inout CheckReport) {
        guard let recoveryPoint else { return }
        if recoveryPoint > end {
            report.damage(
                "it ends at offset \(end), and offset \(recoveryPoint) was on disk by the recovery point checkpoint")
        } else if wasClosedCleanly && recoveryPoint < end && startOffset ?? 0 <= recoveryPoint {
            report.damage("it was closed at offset \(recoveryPoint), and ends at \(end)")
        }
    }

    private func checkSmallFiles(_ names: [String], _ epochs: ClosedRange<Int32>?, _ report: inout CheckReport) {
        let environment = LogEnvironment(fileSystem: fileSystem)
        let directory = PartitionDirectory(path: path, environment: environment, health: DirectoryHealth())
        if (try? PartitionMetadata.readTopicId(directory)) == nil {
            let file = FilePath.join(path, PartitionMetadata.fileName)
            if names.contains(PartitionMetadata.fileName) {
                report.damage("\(file) does not name a topic")
            } else {
                report.note("\(file) is missing; the next start makes it")
            }
        }
        do throws(CheckpointError) {
            let known = try LeaderEpochCache.read(directory)
            guard let newest = epochs?.upperBound, let known else { return }
            if !known.entries.contains(where: { $0.epoch == newest }) && wasClosedCleanly {
                report.damage(
                    "\(FilePath.join(path, LeaderEpochCache.fileName)) does not know epoch \(newest), in which there are batches"
                )
            }
        } catch {
            report.damage(error.message)
        }
    }

    private func checkSnapshots(_ files: [LogFileName], _ report: inout CheckReport) {
        for file in files where file.kind == .producerSnapshot && file.suffix == .none {
            let snapshot = FilePath.join(path, file.text)
            do throws(FileError) {
                let bytes = try fileSystem.contents(of: snapshot)
                do throws(ProducerStateSnapshot.Damage) {
                    _ = try ProducerStateSnapshot.decode(bytes)
                } catch {
                    report.damage("\(snapshot): \(error.reason)")
                }
            } catch {
                report.damage(error.description)
            }
        }
    }

    private func tellOfOthers(_ names: [String], _ files: [LogFileName], _ report: inout CheckReport) {
        let onTheirWay = files.filter { $0.suffix != .none }
        if !onTheirWay.isEmpty {
            report.note(
                "\(Self.count(onTheirWay.count, "file")) of a deletion or a cleaning that is not finished; the next start finishes it"
            )
        }
    }

    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
