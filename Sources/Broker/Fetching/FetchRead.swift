// Reading for one Fetch request: once when it comes in, and again when it waited.

import KafkaMessages
import KafkaWire
import LogStorage
import Replication
import Synchronization

/// A Fetch request with all that is needed to read for it and to answer it.
struct FetchRead: Sendable {
    let context: RequestContext
    let fetchContext: FetchContext
    let parameters: FetchParameters

    /// What a read gave.
    struct Result: Sendable {
        var answers: [FetchContext.Answer] = []
        /// Partitions that nobody knows, those of unknown topic ids before the others; they stand last in the answer
        /// and do not end the waiting.
        var unknown: [FetchContext.Answer] = []
        var sizeBytes = 0
        var hasError = false
        var hasDivergingEpoch = false

        /// Whether there is no reason to wait for more.
        func isComplete(minBytes: Int32) -> Bool {
            answers.isEmpty || sizeBytes >= Int(minBytes) || hasError || hasDivergingEpoch
        }
    }

    /// Reads every partition, in order.
    func perform() -> Result {
        var result = Result()
        let targets = fetchContext.targets
        result.answers.reserveCapacity(targets.count)
        var remainingBytes = Int(max(0, parameters.maxBytes))
        var minOneMessage = true
        var ofUnknownTopicIds: [FetchContext.Answer] = []
        for target in targets {
            let found = partition(of: target)
            if case .failure(let error) = found, Self.isUnknown(error) {
                let answer = (target, FetchResponse.PartitionData.failed(error.code, partition: target.partition))
                if error.code == .unknownTopicId {
                    ofUnknownTopicIds.append(answer)
                } else {
                    result.unknown.append(answer)
                }
                continue
            }
            let data = read(target, in: found, limitBytes: remainingBytes, minOneMessage: minOneMessage)
            let sizeBytes = data.records?.sizeBytes ?? 0
            if sizeBytes > 0 { minOneMessage = false }
            remainingBytes = max(0, remainingBytes - sizeBytes)
            result.sizeBytes += sizeBytes
            if data.errorCode != 0 { result.hasError = true }
            if data.divergingEpoch.epoch >= 0 { result.hasDivergingEpoch = true }
            result.answers.append((target, data))
        }
        result.unknown = ofUnknownTopicIds + result.unknown
        return result
    }

    /// Sends the answer, when its records are in memory.
    func respond(_ result: Result) {
        if let cold = ColdRead(result), !context.broker.isStopped.load(ordering: .relaxed) {
            cold.perform(on: context.broker.coldReads, then: context.loop) { respondNow(result) }
        } else {
            respondNow(result)
        }
    }

    private func respondNow(_ result: Result) {
        var response = fetchContext.finish(
            result.answers + result.unknown, cache: context.broker.fetchSessions, nowMs: context.loop.nowMs)
        if context.apiVersion >= 16 {
            addCurrentLeaders(to: &response)
        }
        context.respond(response)
    }

    private static func isUnknown(_ error: PartitionError) -> Bool {
        error.code == .unknownTopicId || error.code == .unknownTopicOrPartition
    }

    private func partition(of target: FetchTarget) -> Swift.Result<Partition, PartitionError> {
        guard let topic = target.topic else { return .failure(PartitionError(.unknownTopicId)) }
        return context.broker.partitions.partition(topic: topic, partition: target.partition)
    }

    private func read(
        _ target: FetchTarget, in found: Swift.Result<Partition, PartitionError>, limitBytes: Int, minOneMessage: Bool
    ) -> FetchResponse.PartitionData {
        let partition: Partition
        switch found {
        case .success(let online): partition = online
        case .failure(let error): return .readFailed(error.code, partition: target.partition)
        }
        if target.topicId != .zero && target.topicId != partition.topicId {
            return .readFailed(.inconsistentTopicId, partition: target.partition)
        }
        // As Kafka, to which a read of fewer bytes than none is a fault that it did not foresee, once there is
        // something to read.
        let isNegative = target.maxBytes < 0 || parameters.maxBytes < 0
        let read: PartitionRead
        do throws(PartitionError) {
            try checkReader(of: partition, target)
            read = try partition.fetch(
                from: target.fetchOffset, currentLeaderEpoch: leaderEpoch(target),
                lastFetchedEpoch: target.lastFetchedEpoch,
                maxBytes: isNegative ? 0 : min(Int(target.maxBytes), limitBytes),
                minOneMessage: isNegative || minOneMessage, isolation: parameters.isolation)
            if isNegative, read.records.sizeBytes > 0 { throw PartitionError(.unknownServerError) }
        } catch {
            return .readFailed(error.code, partition: target.partition)
        }
        var data = FetchResponse.PartitionData()
        data.partitionIndex = target.partition
        data.highWatermark = read.highWatermark
        data.lastStableOffset = read.lastStableOffset
        data.logStartOffset = read.logStartOffset
        data.records = read.records
        data.abortedTransactions = read.abortedTransactions?.map { aborted in
            var entry = FetchResponse.AbortedTransaction()
            entry.producerId = aborted.producerId
            entry.firstOffset = aborted.firstOffset
            return entry
        }
        if let diverging = read.divergingEpoch {
            data.divergingEpoch.epoch = diverging.leaderEpoch
            data.divergingEpoch.endOffset = diverging.endOffset
        }
        return data
    }

    /// The leader epoch that the client knows; -1, for none, whatever else it says below zero.
    private func leaderEpoch(_ target: FetchTarget) -> Int32 { max(-1, target.currentLeaderEpoch) }

    /// This node is the only replica: whoever reads as a follower is none of the partition's. One that names a leader
    /// epoch is told to look for a newer one, in which it may be.
    private func checkReader(of partition: Partition, _ target: FetchTarget) throws(PartitionError) {
        if parameters.isFollower {
            try partition.checkLeaderEpoch(leaderEpoch(target))
            throw PartitionError(leaderEpoch(target) >= 0 ? .unknownLeaderEpoch : .notLeaderOrFollower)
        }
    }

    /// Tells a client that asked the wrong leader where the leader is. KIP-951.
    private func addCurrentLeaders(to response: inout FetchResponse) {
        for topicIndex in response.responses.indices {
            for index in response.responses[topicIndex].partitions.indices {
                let code = ErrorCode(rawValue: response.responses[topicIndex].partitions[index].errorCode)
                guard code == .notLeaderOrFollower || code == .fencedLeaderEpoch else { continue }
                let partitionIndex = response.responses[topicIndex].partitions[index].partitionIndex
                let leader = context.broker.currentLeader(
                    topic: response.responses[topicIndex].topic, topicId: response.responses[topicIndex].topicId,
                    partition: partitionIndex)
                response.responses[topicIndex].partitions[index].currentLeader.leaderId = leader.leaderId
                response.responses[topicIndex].partitions[index].currentLeader.leaderEpoch = leader.leaderEpoch
                // Followers find their leaders by the metadata.
                guard !parameters.isFollower, let node = context.broker.node(leader.leaderId, context.listener) else {
                    continue
                }
                guard !response.nodeEndpoints.contains(where: { $0.nodeId == node.id }) else { continue }
                var endpoint = FetchResponse.NodeEndpoint()
                endpoint.nodeId = node.id
                endpoint.host = node.host
                endpoint.port = node.port
                endpoint.rack = node.rack
                response.nodeEndpoints.append(endpoint)
            }
        }
    }
}

extension FetchResponse.PartitionData {
    /// A partition that was not read, since nobody knows it.
    static func failed(_ error: ErrorCode, partition: Int32) -> Self {
        var data = Self()
        data.partitionIndex = partition
        data.errorCode = error.rawValue
        data.highWatermark = -1
        data.records = .bytes(.empty)
        return data
    }

    /// A partition whose read failed.
    static func readFailed(_ error: ErrorCode, partition: Int32) -> Self {
        var data = failed(error, partition: partition)
        data.abortedTransactions = nil
        return data
    }
}
