// Making new partitions durable: many at once cost one sync.

import Files
import Synchronization

extension LogDirectory {
    /// Beyond so many, one sync of the whole file system costs less than one for each.
    private static let syncedOneByOne = 4

    /// Lets the worker sync what making a partition wrote: its directory, `partition.metadata`, the names of its first
    /// files.
    func syncLater(_ partition: PartitionDirectory) {
        let isFirst = created.withLock { created in
            created.append(partition)
            return created.count == 1
        }
        guard isFirst else { return }
        environment.worker.run { [weak self] in self?.syncCreated() }
    }

    private func syncCreated() {
        let partitions = created.withLock { created in
            defer { created = [] }
            return created
        }
        // A failure takes the directory offline: the next call says so.
        try? health.guarding { () throws(FileError) in
            if partitions.count > Self.syncedOneByOne { return try environment.fileSystem.syncFileSystem(of: path) }
            for partition in partitions {
                do throws(FileError) {
                    try environment.fileSystem.open(partition.path(of: PartitionMetadata.fileName), .readWrite).sync()
                    try environment.fileSystem.syncDirectory(partition.path)
                } catch {
                    // It was deleted again.
                    if !error.isNotFound { throw error }
                }
            }
            try environment.fileSystem.syncDirectory(path)
        }
    }
}
