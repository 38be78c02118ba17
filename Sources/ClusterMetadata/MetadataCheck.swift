// The metadata's part of `martlet check DIR`: the files that no partition's directory has, read as a start reads them.

import Files
import LogStorage

/// Looks through `bootstrap.checkpoint`, the metadata's snapshots, the records of its log and `quorum-state` without
/// changing anything.
public enum MetadataCheck {
    /// What is wrong with the metadata's files in a log directory, a line each; nothing for a directory without any.
    public static func faults(in directory: String, fileSystem: any FileSystem = PosixFileSystem()) -> [String] {
        var faults: [String] = []
        do throws(MetadataStoreError) {
            _ = try BootstrapMetadata.read(from: directory, fileSystem: fileSystem)
        } catch {
            faults.append(error.description)
        }
        let log = FilePath.join(directory, StorageFormat.metadataDirectoryName)
        do throws(FileError) {
            guard try fileSystem.exists(log) else { return faults }
            for entry in try fileSystem.entries(of: log).sorted(by: { $0.name < $1.name })
            where entry.name.hasSuffix(SnapshotId.suffix) {
                if let fault = fault(ofSnapshot: entry.name, in: log, fileSystem) { faults.append(fault) }
            }
            var check = MetadataLogCheck(log, fileSystem)
            try check.run()
            faults += check.faults
            if let fault = try faultOfQuorum(in: log, fileSystem) { faults.append(fault) }
        } catch {
            faults.append(error.description)
        }
        return faults
    }

    private static func fault(ofSnapshot name: String, in log: String, _ fileSystem: any FileSystem) -> String? {
        let path = FilePath.join(log, name)
        guard let id = SnapshotId(fileName: name) else {
            return "\(path) is not named as a snapshot is, after an offset and an epoch"
        }
        do throws(MetadataStoreError) {
            let file = try SnapshotFile(id, in: log, fileSystem: fileSystem)
            var replay = MetadataReplay()
            do throws(MetadataReplayError) {
                try replay.replay(file)
            } catch {
                throw MetadataStoreError(error, path: path)
            }
            return nil
        } catch {
            return error.description
        }
    }

    private static func faultOfQuorum(in log: String, _ fileSystem: any FileSystem) throws(FileError) -> String? {
        let path = FilePath.join(log, QuorumState.fileName)
        guard try fileSystem.exists(path) else { return nil }
        guard let state = try QuorumState.read(from: log, fileSystem: fileSystem), state.leaderEpoch >= 0 else {
            return "\(path) does not say a leader epoch"
        }
        return state.leaderEpoch < Int32.max ? nil : "\(path): no epoch comes after \(state.leaderEpoch)"
    }
}
