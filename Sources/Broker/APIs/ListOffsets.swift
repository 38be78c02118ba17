// ListOffsets (key 2): finds offsets by timestamp.
//
// Versions 1–11.
// v1  one offset a partition instead of a list (KIP-79). v2 isolation level (KIP-98). v4 leader epochs (KIP-320).
// v6  flexible. v7 the offset of the largest timestamp, -3 (KIP-734). v8 the first local offset, -4 (KIP-405).
// v9  the last tiered offset, -5 (KIP-1005). v10 a timeout for tiered look-ups (KIP-1075).
// v11 the first offset still to be tiered, -6 (KIP-1023).
//
// Behaviour: a partition that is named twice is refused with INVALID_REQUEST, once; a special timestamp that the
// version does not have, with UNSUPPORTED_VERSION. Without a record as young as the timestamp the offset is -1.

import KafkaMessages
import KafkaWire
import LogStorage
import Replication

enum ListOffsets: ApiHandler {
    static let versions: ClosedRange<Int16> = 1...11

    static func handle(_ request: consuming ListOffsetsRequest, _ context: RequestContext) {
        let broker = context.broker
        let asked = request
        if let old = OldTimestamps(asked, broker), !broker.isStopped.load(ordering: .relaxed) {
            old.prepare(on: broker.coldReads, then: context.loop) { answer(asked, context) }
        } else {
            answer(asked, context)
        }
    }

    private static func answer(_ request: ListOffsetsRequest, _ context: RequestContext) {
        let isolation: ReadIsolation =
            request.replicaId != -1 ? .logEnd : request.isolationLevel == 1 ? .lastStableOffset : .highWatermark
        let isRightLevel = request.isolationLevel == 0 || request.isolationLevel == 1
        let duplicates = duplicatePartitions(of: request)
        var answered: Set<TopicPartition> = []
        var response = ListOffsetsResponse()
        var places: [String: Int] = [:]
        for topic in request.topics where !topic.partitions.isEmpty {
            let place = places[topic.name] ?? response.topics.count
            if place == response.topics.count {
                places[topic.name] = place
                response.topics.append(.init())
                response.topics[place].name = topic.name
            }
            var answer = response.topics[place].partitions
            for partition in topic.partitions {
                let key = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                if !isRightLevel {
                    answer.append(.failed(.unknownServerError, partition: partition.partitionIndex))
                } else if duplicates.contains(key) {
                    guard answered.insert(key).inserted else { continue }
                    answer.append(.failed(.invalidRequest, partition: partition.partitionIndex))
                } else {
                    answer.append(
                        find(partition, topic: topic.name, isolation: isolation, context))
                }
            }
            response.topics[place].partitions = answer
        }
        context.respond(response)
    }

    private static func find(
        _ request: ListOffsetsRequest.ListOffsetsPartition, topic: String, isolation: ReadIsolation,
        _ context: RequestContext
    ) -> ListOffsetsResponse.ListOffsetsPartitionResponse {
        if request.timestamp < 0 && !isSupported(specialTimestamp: request.timestamp, version: context.apiVersion) {
            return .failed(.unsupportedVersion, partition: request.partitionIndex)
        }
        do {
            let partition = try context.broker.partitions.partition(topic: topic, partition: request.partitionIndex)
                .get()
            let found = try partition.offset(
                forTimestamp: request.timestamp, isolation: isolation, currentLeaderEpoch: request.currentLeaderEpoch)
            return .found(found, partition: request.partitionIndex)
        } catch {
            return .failed(error.code, partition: request.partitionIndex)
        }
    }

    /// The version in which each special timestamp came.
    private static func isSupported(specialTimestamp: Int64, version: Int16) -> Bool {
        switch specialTimestamp {
        case SpecialTimestamp.latest, SpecialTimestamp.earliest: true
        case SpecialTimestamp.maxTimestamp: version >= 7
        case SpecialTimestamp.earliestLocal: version >= 8
        case SpecialTimestamp.latestTiered: version >= 9
        case SpecialTimestamp.earliestPendingUpload: version >= 11
        default: false
        }
    }

    private static func duplicatePartitions(of request: ListOffsetsRequest) -> Set<TopicPartition> {
        var seen: Set<TopicPartition> = []
        var duplicates: Set<TopicPartition> = []
        for topic in request.topics {
            for partition in topic.partitions {
                let key = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                if !seen.insert(key).inserted { duplicates.insert(key) }
            }
        }
        return duplicates
    }
}

extension ListOffsetsResponse.ListOffsetsPartitionResponse {
    fileprivate static func failed(_ error: ErrorCode, partition: Int32) -> Self {
        var response = Self()
        response.partitionIndex = partition
        response.errorCode = error.rawValue
        return response
    }

    fileprivate static func found(_ found: TimestampAndOffset?, partition: Int32) -> Self {
        var response = Self()
        response.partitionIndex = partition
        if let found {
            response.timestamp = found.timestampMs
            response.offset = found.offset
            response.leaderEpoch = found.leaderEpoch ?? -1
        }
        return response
    }
}
