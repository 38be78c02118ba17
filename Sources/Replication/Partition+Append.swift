// Appending to a partition: a producer's records, checked before the log's lock is taken.

import Bytes
import KafkaMessages
import KafkaWire
import LogStorage
import Records

/// What an append did.
public struct PartitionAppend: Sendable {
    public let baseOffset: Int64
    public let lastOffset: Int64
    /// Set for topics of LogAppendTime, -1 for others.
    public let logAppendTimeMs: Int64
    public let logStartOffset: Int64
    /// The answer is to wait for `log.whenFlushed(upTo: lastOffset + 1)`: `flush.messages` was reached.
    public let isFlushDue: Bool
}

extension Partition {
    /// Appends one batch of a producer. Writes base offset and leader epoch into `records`, which nobody else may be
    /// reading. What takes more than `effort` to check is left as it is, with a refusal that `isUnfinished`.
    public func append(
        _ records: ByteSlice, acks: Int16, effort: CheckEffort, nowMs: Int64
    ) throws(AppendRefusal) -> PartitionAppend {
        let config = log.config.values
        if acks == -1 && config.minInSyncReplicas > 1 {
            throw AppendRefusal(.notEnoughReplicas, logStartOffset: log.logStartOffset)
        }
        let validated: ValidatedRecords
        do {
            var rules = rules(config)
            rules.effort = effort
            validated = try LogValidator.analyze(records, rules: rules, nowMs: nowMs)
        } catch {
            throw AppendRefusal(error, logStartOffset: log.logStartOffset)
        }
        let result: AppendResult
        do {
            result = try log.append(validated.bytes, leaderEpoch: leaderEpoch, origin: .client)
        } catch {
            throw AppendRefusal(error, logStartOffset: log.logStartOffset)
        }
        return PartitionAppend(
            baseOffset: result.firstOffset, lastOffset: result.lastOffset,
            logAppendTimeMs: result.isDuplicate ? result.duplicateTimestampMs : validated.logAppendTimeMs,
            logStartOffset: result.logStartOffset, isFlushDue: result.isFlushDue)
    }

    private func rules(_ config: LogConfig) -> AppendRules {
        var rules = AppendRules(topic: log.topicPartition.topic, partition: log.topicPartition.partition)
        rules.timestampType = config.messageTimestampType
        rules.timestampBeforeMaxMs = config.messageTimestampBeforeMaxMs
        rules.timestampAfterMaxMs = config.messageTimestampAfterMaxMs
        rules.maxMessageSizeBytes = config.maxMessageSizeBytes
        rules.isCompacted = config.cleanupPolicy.contains(.compact)
        if case .codec(let codec) = config.compression {
            let level =
                switch codec {
                case .gzip: config.gzipLevel
                case .lz4: config.lz4Level
                case .zstd: config.zstdLevel
                case .none, .snappy: 0
                }
            rules.target = .fixed(CompressionSettings(codec, level: level) ?? CompressionSettings(codec))
        }
        return rules
    }
}
