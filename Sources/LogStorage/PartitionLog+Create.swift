// A new partition's directory and files.

import Files
import KafkaWire
import Synchronization

extension PartitionLog {
    /// A log in a directory that is planned; in one that is there already, what is in it is opened.
    ///
    /// The files are made in the background, or by the first append if that comes earlier, and synced in the
    /// background: that the partition is to be is in the metadata log, so after a crash what is missing is made again.
    static func create(
        _ partition: TopicPartition, topicId: Uuid, config: SharedLogConfig, in parent: LogDirectory
    ) throws(LogError) -> PartitionLog {
        try parent.health.check()
        let name = partition.description
        let isThere = try parent.health.guarding { () throws(FileError) in
            try parent.environment.fileSystem.exists(FilePath.join(parent.path, name))
        }
        if isThere {
            let log = try open(
                LogOpening(
                    topicPartition: partition, directory: parent.partitionDirectory(name), config: config,
                    wasClosedCleanly: false, recoveryPoint: nil, logStartOffset: nil))
            try log.adopt(topicId)
            return log
        }
        let directory = parent.partitionDirectory(name, plannedFor: topicId)
        let segment = Segment(newAt: 0, in: directory, rollJitterMs: config.values.randomSegmentJitterMs())
        let log = PartitionLog(
            loaded: LoadedLog(
                topicPartition: partition, directory: directory, config: config, topicId: topicId, segments: [segment],
                startOffset: 0, endOffset: 0, recoveryPoint: 0, epochs: LeaderEpochCache(), areEpochsUnwritten: false,
                producers: ProducerStates(), snapshotOffsets: [], isTailChecked: true,
                areNamesSynced: false))
        parent.makeLater(directory)
        return log
    }

    /// The topic whose log this is. INCONSISTENT_TOPIC_ID when the directory says another; a directory that says none
    /// (a crash took the file) belongs to it from now on.
    func adopt(_ topicId: Uuid) throws(LogError) {
        let known = view.withLock { view in
            defer { if view.topicId == nil { view.topicId = topicId } }
            return view.topicId
        }
        if let known, known != topicId {
            throw .refused(
                .inconsistentTopicId,
                "Tried to assign topic ID \(topicId) to log for topic partition \(topicPartition), but log already contained "
                    + "topic ID \(known)")
        }
        guard known == nil else { return }
        try health.guarding { () throws(FileError) in try PartitionMetadata.write(topicId, in: directory, sync: true) }
    }
}
