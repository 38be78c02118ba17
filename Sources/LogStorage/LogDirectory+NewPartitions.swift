// Making the files of new partitions, and making them durable: in the background, many with one sync.

import Files
import Synchronization

/// What is to be done for new partitions of a log directory.
struct PlannedPartitions: Sendable {
    /// Those whose files are to be made, the oldest first.
    var unmade: [PartitionDirectory] = []
    /// Those whose files were made and are not synced.
    var unsynced: [PartitionDirectory] = []
    /// The worker has been told, or is at work.
    var isScheduled = false
}

extension LogDirectory {
    /// So many are made at a time: then whatever else waits for the worker has its turn.
    private static let madeAtOnce = 16
    /// Beyond so many, one sync of the whole file system costs less than one for each.
    private static let syncedOneByOne = 4

    /// Lets the worker make a planned directory and its first files, and sync them.
    func makeLater(_ partition: PartitionDirectory) {
        let isFirst = planned.withLock { planned in
            planned.unmade.append(partition)
            defer { planned.isScheduled = true }
            return !planned.isScheduled
        }
        if isFirst { scheduleMaking() }
    }

    private func scheduleMaking() {
        environment.worker.run { [weak self] in self?.makeSome() }
    }

    private func makeSome() {
        let some = planned.withLock { planned in
            let some = Array(planned.unmade.prefix(Self.madeAtOnce))
            planned.unmade.removeFirst(some.count)
            return some
        }
        for partition in some { make(partition) }
        let unsynced = planned.withLock { planned -> [PartitionDirectory]? in
            planned.unsynced += some
            guard planned.unmade.isEmpty else { return nil }
            defer { planned = PlannedPartitions() }
            return planned.unsynced
        }
        guard let unsynced else { return scheduleMaking() }
        sync(unsynced)
    }

    private func make(_ partition: PartitionDirectory) {
        // A failure takes the directory offline: the next call says so.
        try? health.guarding { () throws(FileError) in
            do throws(FileError) {
                try partition.ensureMade()
            } catch {
                // It was deleted again.
                if !error.isNotFound { throw error }
            }
        }
    }

    private func sync(_ partitions: [PartitionDirectory]) {
        try? health.guarding { () throws(FileError) in
            if partitions.count > Self.syncedOneByOne { return try environment.fileSystem.syncFileSystem(of: path) }
            for partition in partitions {
                do throws(FileError) {
                    try environment.fileSystem.open(partition.path(of: PartitionMetadata.fileName), .readWrite).sync()
                    try environment.fileSystem.syncDirectory(partition.path)
                } catch {
                    if !error.isNotFound { throw error }
                }
            }
            try environment.fileSystem.syncDirectory(path)
        }
    }
}
