// From a topic's configuration as texts say it to the plain values that its logs use.

import Configuration
import LogStorage
import Records

extension LogConfig {
    /// The log's settings for a topic.
    init(_ topic: TopicConfiguration) {
        self.init()
        segmentSizeBytes = Int(topic.segmentBytes)
        segmentMs = topic.segmentMs
        segmentJitterMs = topic.segmentJitterMs
        segmentIndexSizeBytes = Int(topic.segmentIndexBytes)
        indexIntervalBytes = Int(topic.indexIntervalBytes)
        maxMessageSizeBytes = Int(topic.maxMessageBytes)
        messageTimestampType = topic.messageTimestampType == .logAppendTime ? .logAppendTime : .createTime
        messageTimestampBeforeMaxMs = topic.messageTimestampBeforeMaxMs
        messageTimestampAfterMaxMs = topic.messageTimestampAfterMaxMs
        flushMessages = topic.flushMessages
        flushMs = topic.flushMs
        cleanupPolicy = []
        if topic.isDeleted { cleanupPolicy.insert(.delete) }
        if topic.isCompacted { cleanupPolicy.insert(.compact) }
        retentionBytes = topic.retentionBytes
        retentionMs = topic.retentionMs
        fileDeleteDelayMs = topic.fileDeleteDelayMs
        deleteRetentionMs = topic.deleteRetentionMs
        minCompactionLagMs = topic.minCompactionLagMs
        maxCompactionLagMs = topic.maxCompactionLagMs
        minCleanableDirtyRatio = topic.minCleanableDirtyRatio
        minInSyncReplicas = Int(topic.minInsyncReplicas)
        uncleanLeaderElectionEnable = topic.uncleanLeaderElectionEnable
        setCompression(topic.compression)
    }

    private mutating func setCompression(_ topic: Configuration.TopicCompression) {
        switch topic {
        case .producer: compression = .producer
        case .uncompressed: compression = .codec(.none)
        case .snappy: compression = .codec(.snappy)
        case .gzip(let level):
            compression = .codec(.gzip)
            gzipLevel = Int(level)
        case .lz4(let level):
            compression = .codec(.lz4)
            lz4Level = Int(level)
        case .zstd(let level):
            compression = .codec(.zstd)
            zstdLevel = Int(level)
        }
    }
}
