// `martlet check DIR`: what is in a log directory, and whether it is sound. Nothing is changed, not even a lock is
// taken.

import Files
import KafkaWire

/// Looks through a log directory.
public enum DirectoryCheck {
    /// Reads everything below `path`, and says what it is and what is wrong with it.
    ///
    /// - Parameters:
    ///   - metadata: what is wrong with the files of the cluster's metadata in a directory, which whoever knows their
    ///     records can say.
    ///   - progress: hears of each partition's directory as it is begun, for showing how far it is.
    public static func run(
        _ path: String, fileSystem: any FileSystem = PosixFileSystem(),
        metadata: (_ path: String) -> [String] = { _ in [] }, progress: (_ name: String) -> Void = { _ in }
    ) throws(FileError) -> CheckReport {
        var report = CheckReport()
        let entries = try fileSystem.entries(of: path).sorted { $0.name < $1.name }
        let brokerEpoch = try CleanShutdownFile.read(from: path, fileSystem: fileSystem)
        describe(path, brokerEpoch: brokerEpoch, fileSystem, &report)
        if entries.contains(where: { $0.name == LogDirectory.lockFileName }) {
            report.note("a .lock file is there: if a broker is running on it, what it is writing looks unfinished")
        }
        let recoveryPoints = read(.recoveryPoint, path, fileSystem, &report)
        let startOffsets = read(.logStartOffset, path, fileSystem, &report)
        _ = read(.replicationOffset, path, fileSystem, &report)
        _ = read(.cleanerOffset, path, fileSystem, &report)
        for fault in metadata(path) { report.damage(fault) }
        for entry in entries where entry.isDirectory {
            let partition: TopicPartition?
            switch PartitionDirectoryName(entry.name) {
            case .log(let found): partition = found
            case .metadataLog: partition = TopicPartition(directoryName: entry.name)
            case .beingDeleted:
                report.say("\(entry.name): is being deleted; the next start finishes that")
                continue
            case .setAside:
                report.say("\(entry.name): set aside; no broker opens it")
                continue
            case .beingMoved:
                report.say("\(entry.name): being moved to here; it goes when its topic is deleted")
                continue
            case .unknown:
                report.say("\(entry.name): nothing of a broker's")
                continue
            }
            progress(entry.name)
            let check = PartitionCheck(
                name: entry.name, path: FilePath.join(path, entry.name), fileSystem: fileSystem,
                wasClosedCleanly: brokerEpoch != nil, recoveryPoint: partition.flatMap { recoveryPoints[$0] },
                startOffset: partition.flatMap { startOffsets[$0] })
            try check.run(&report)
        }
        let verdict = report.isSound ? "sound" : PartitionCheck.count(report.damageCount, "fault")
        report.say("\(path): \(PartitionCheck.count(report.partitionCount, "partition")), \(verdict)")
        return report
    }

    private static func describe(
        _ path: String, brokerEpoch: Int64?, _ fileSystem: any FileSystem, _ report: inout CheckReport
    ) {
        let stop =
            brokerEpoch.map { $0 >= 0 ? "stopped in order (broker epoch \($0))" : "stopped in order" }
            ?? "not stopped in order, or in use"
        do throws(LogDirectoryError) {
            guard let owner = try MetaProperties.read(from: path, fileSystem: fileSystem) else {
                report.say("\(path): not formatted, \(stop)")
                return
            }
            let id = owner.directoryId.map { ", directory \($0)" } ?? ""
            report.say("\(path): node \(owner.nodeId) of cluster \(owner.clusterId)\(id), \(stop)")
        } catch {
            report.say("\(path): \(stop)")
            report.damage(error.description)
        }
    }

    private static func read(
        _ checkpoint: OffsetCheckpoint, _ path: String, _ fileSystem: any FileSystem, _ report: inout CheckReport
    ) -> [TopicPartition: Int64] {
        do throws(CheckpointError) {
            return try checkpoint.read(from: path, fileSystem: fileSystem)
        } catch {
            report.damage(error.message)
            return [:]
        }
    }
}
