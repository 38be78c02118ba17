// Stopping in order: everything on disk, the checkpoints written, the mark of a clean stop left.

import Files
import Synchronization

extension LogRegistry {
    /// With more logs to sync than this, one sync of the whole file system costs less than one for each file.
    private static let logsSyncedOneByOne = 8

    /// Ends the background work, syncs and closes all logs, writes the checkpoints, leaves `.kafka_cleanshutdown` in
    /// every directory where all that worked, and gives the directories free. Who still waits for a sync has an answer
    /// before. Kafka: `LogManager.shutdown`.
    public func close(brokerEpoch: Int64 = -1) {
        cleaner.withLock { $0 }?.stop()
        environment.worker.stop()
        environment.commits.close()
        for directory in directories {
            let logs = logs(in: directory)
            close(logs, in: directory)
            try? directory.health.guarding { () throws(FileError) in
                if let failure = directory.failure { throw failure }
                for checkpoint in [OffsetCheckpoint.recoveryPoint, .logStartOffset, .replicationOffset] {
                    try directory.write(checkpoint) { logs }
                }
                try CleanShutdownFile.write(
                    brokerEpoch: brokerEpoch, to: directory.path, fileSystem: environment.fileSystem)
            }
            directory.release()
        }
        entries.withLock { $0 = [:] }
    }

    /// Closes the logs of a directory; a failure takes the directory offline.
    private func close(_ logs: [PartitionLog], in directory: LogDirectory) {
        let written = Mutex<[PartitionLog]>([])
        let threads = logs.count > 64 ? min(2, environment.parallelism) : 1
        ParallelWork.run(logs, threads: threads) { log in
            if (try? log.finishWriting()) == true { written.withLock { $0.append(log) } }
        }
        let unsynced = written.withLock { $0 }
        let syncsAll = unsynced.count > Self.logsSyncedOneByOne
        if syncsAll {
            try? directory.health.guarding { () throws(FileError) in
                try environment.fileSystem.syncFileSystem(of: directory.path)
            }
        }
        ParallelWork.run(unsynced, threads: min(4, environment.parallelism)) { log in
            try? log.syncAfterWriting(isDataSynced: syncsAll)
        }
    }
}
