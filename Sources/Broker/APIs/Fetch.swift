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
// Partitions that nobody knows come last, those of unknown topic ids first among them. There are no
// followers here: who asks as one is refused. Records go out by sendfile, as they lie in the segment.

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
            return context.respond(refusal(of: request, .unknownServerError, version: context.apiVersion))
        }
        let maxBytes = min(request.maxBytes, broker.configuration.fetchMaxBytes)
        let parameters = FetchParameters(
            maxWaitMs: request.maxWaitMs, minBytes: min(request.minBytes, maxBytes), maxBytes: maxBytes,
            isolation: replicaId >= 0 ? .logEnd : request.isolationLevel == 1 ? .lastStableOffset : .highWatermark,
            isFollower: replicaId >= 0)
        let read = FetchRead(context: context, fetchContext: fetchContext, parameters: parameters)
        if let unread = UnreadLogs(read), !broker.isStopped.load(ordering: .relaxed) {
            unread.prepare(on: broker.coldReads, then: context.loop) { perform(read) }
        } else {
            perform(read)
        }
    }

    private static func perform(_ read: FetchRead) {
        let result = read.perform()
        if read.parameters.maxWaitMs <= 0 || result.isComplete(minBytes: read.parameters.minBytes) {
            read.respond(result)
        } else {
            DelayedFetch.start(read)
        }
    }

    /// The answer to a request that is wrong as a whole. Versions without topic ids repeat its partitions.
    private static func refusal(of request: FetchRequest, _ error: ErrorCode, version: Int16) -> FetchResponse {
        var response = FetchResponse()
        response.errorCode = error.rawValue
        response.sessionId = request.sessionId
        guard version < 13 else { return response }
        response.responses = request.topics.map { topic in
            var answer = FetchResponse.FetchableTopicResponse()
            answer.topic = topic.topic
            answer.partitions = topic.partitions.map { .failed(error, partition: $0.partition) }
            return answer
        }
        return response
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
    /// Whether the one who asks says that it is a broker's replica.
    let isFollower: Bool
}
