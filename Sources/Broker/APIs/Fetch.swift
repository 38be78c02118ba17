// Fetch (key 1): reads record batches.
//
// Versions 4–18.
// v4  isolation level, last stable offset, aborted transactions (KIP-98).
// v5  log start offset. v7 incremental sessions (KIP-227). v9 current leader epoch (KIP-320).
// v11 rack and preferred read replica (KIP-392). v12 last fetched epoch, flexible (KIP-595).
// v13 topics by id (KIP-516). v15 replica state (KIP-903). v16 node endpoints for a moved leader (KIP-951).
// v17 replica directory ids (KIP-853). v18 the follower's high watermark (KIP-1166).
//
// Behaviour: partitions are read in order until `maxBytes`; the first one that has records gives at least one batch,
// however large. When there are fewer than `minBytes` and no error, the request waits up to `maxWaitMs` for more.
// Partitions of unknown topics come last. Records go out by sendfile, as they lie in the segment.

import Bytes
import EventLoop
import KafkaMessages
import KafkaWire
import LogStorage
import Replication

enum Fetch: ApiHandler {
    static let versions: ClosedRange<Int16> = 4...18

    static func handle(_ request: consuming FetchRequest, _ context: RequestContext) {
        let broker = context.broker
        let replicaId = context.apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId
        let fetchContext = broker.fetchSessions.context(
            for: request, version: context.apiVersion, targets: targets(of: request, context),
            forgotten: forgotten(of: request, version: context.apiVersion), isFollower: replicaId >= 0,
            nowMs: context.loop.nowMs, topicName: { broker.partitions.topicName($0) })

        guard (0...1).contains(request.isolationLevel) || fetchContext.targets.isEmpty else {
            return refuse(request, context)
        }
        let maxBytes = min(request.maxBytes, broker.configuration.fetchMaxBytes)
        let parameters = FetchParameters(
            maxWaitMs: request.maxWaitMs, minBytes: min(request.minBytes, maxBytes), maxBytes: maxBytes,
            isolation: replicaId >= 0 ? .logEnd : request.isolationLevel == 1 ? .lastStableOffset : .highWatermark)
        let read = FetchRead(context: context, fetchContext: fetchContext, parameters: parameters)
        let result = read.perform()
        if parameters.maxWaitMs <= 0 || result.isComplete(minBytes: parameters.minBytes) {
            read.respond(result)
        } else {
            DelayedFetch.start(read)
        }
    }

    /// An isolation level that does not exist: Kafka has no better answer to the request as a whole.
    private static func refuse(_ request: FetchRequest, _ context: RequestContext) {
        var response = FetchResponse()
        response.errorCode = ErrorCode.unknownServerError.rawValue
        response.sessionId = request.sessionId
        response.responses = request.topics.map { topic in
            var answer = FetchResponse.FetchableTopicResponse()
            (answer.topic, answer.topicId) = (topic.topic, topic.topicId)
            answer.partitions = topic.partitions.map { .failed(.unknownServerError, partition: $0.partition) }
            return answer
        }
        context.respond(response)
    }

    /// The partitions that the request names. One that is named twice stands where it was first named, with what was
    /// said last.
    private static func targets(of request: FetchRequest, _ context: RequestContext) -> [FetchTarget] {
        let byId = context.apiVersion >= 13
        var targets: [FetchTarget] = []
        var positions: [FetchPartitionKey: Int] = [:]
        for topic in request.topics {
            let name = byId ? context.broker.partitions.topicName(topic.topicId) : topic.topic
            for partition in topic.partitions {
                let target = FetchTarget(
                    key: FetchPartitionKey(
                        topicId: topic.topicId, topicName: byId ? "" : topic.topic, partition: partition.partition),
                    topic: name, fetchOffset: partition.fetchOffset, maxBytes: partition.partitionMaxBytes,
                    currentLeaderEpoch: partition.currentLeaderEpoch, lastFetchedEpoch: partition.lastFetchedEpoch)
                if let position = positions[target.key] {
                    targets[position] = target
                } else {
                    positions[target.key] = targets.count
                    targets.append(target)
                }
            }
        }
        return targets
    }

    private static func forgotten(of request: FetchRequest, version: Int16) -> [FetchPartitionKey] {
        request.forgottenTopicsData.flatMap { topic in
            topic.partitions.map { partition in
                FetchPartitionKey(
                    topicId: topic.topicId, topicName: version >= 13 ? "" : topic.topic, partition: partition)
            }
        }
    }
}

/// What a Fetch request asks for as a whole.
struct FetchParameters: Sendable {
    let maxWaitMs: Int32
    let minBytes: Int32
    let maxBytes: Int32
    let isolation: ReadIsolation
}
