// Produce (key 0): appends record batches.
//
// Versions 3–13.
// v3  transactional id, magic 2 batches only (KIP-98). v5 log start offset in the answer. v7 zstd (KIP-110).
// v8  errors of single records (KIP-467). v9 flexible. v10 current leader and its endpoint (KIP-951).
// v12 transactions v2 (KIP-890). v13 topics by id (KIP-516).
//
// Behaviour: one batch a partition, checked where it lies in the request and written from there. Partitions fail one by
// one. With acks 0 there is no answer; an error then closes the connection.

import Bytes
import KafkaMessages
import KafkaWire
import Records
import Replication

enum Produce: ApiHandler {
    static let versions: ClosedRange<Int16> = 3...13
    /// Clients on librdkafka take a broker that does not list version 0 for one without Produce; Kafka lists it, too.
    static let advertisedVersions: ClosedRange<Int16> = 0...13

    static func handle(_ request: consuming ProduceRequest, _ context: RequestContext) {
        do {
            if request.transactionalId == nil, try hasTransactionalRecords(request) {
                return fail(request, with: AppendRefusal(.transactionalIdAuthorizationFailed), context)
            }
        } catch {
            return fail(request, with: AppendRefusal(error), context)
        }
        request.topicData = Self.merged(request.topicData)
        if let refusal = wholeRefusal(request.topicData, context) { return fail(request, with: refusal, context) }
        ProduceAppend.perform(request.topicData, acks: request.acks, context)
    }

    /// Why nothing of the request is to be appended: a partition's records may be so wrong that Kafka gives up on all.
    /// Asked before the first append. Of a lone partition the append itself says it.
    private static func wholeRefusal(
        _ topics: [ProduceRequest.TopicProduceData], _ context: RequestContext
    ) -> AppendRefusal? {
        if topics.count == 1, topics[0].partitionData.count == 1 { return nil }
        let partitions = context.broker.partitions
        for topic in topics {
            let name = context.apiVersion >= 13 ? partitions.topicName(topic.topicId) : topic.name
            guard let name else { continue }
            for data in topic.partitionData {
                if case .failure(let error) = partitions.partition(topic: name, partition: data.index),
                    error.code == .unknownTopicOrPartition
                {
                    continue
                }
                do throws(RecordsRefusal) {
                    try ProduceRecords.check(data.recordBytes, apiVersion: context.apiVersion)
                } catch {
                    if error.failsWholeRequest { return AppendRefusal(error) }
                }
            }
        }
        return nil
    }

    /// Each topic and partition once: topics that are named twice are put together, of a partition that is named twice
    /// what is said last counts, and a topic without partitions is not answered.
    static func merged(_ topics: [ProduceRequest.TopicProduceData]) -> [ProduceRequest.TopicProduceData] {
        if topics.count == 1, topics[0].partitionData.count == 1 { return topics }
        var merged: [ProduceRequest.TopicProduceData] = []
        var topicPlaces: [TopicKey: Int] = [:]
        var partitionPlaces: [TopicKey: [Int32: Int]] = [:]
        for topic in topics where !topic.partitionData.isEmpty {
            let key = TopicKey(name: topic.name, id: topic.topicId)
            let place = topicPlaces[key] ?? merged.count
            if place == merged.count {
                topicPlaces[key] = place
                merged.append(topic)
                merged[place].partitionData.removeAll(keepingCapacity: true)
            }
            for partition in topic.partitionData {
                if let earlier = partitionPlaces[key]?[partition.index] {
                    merged[place].partitionData[earlier] = partition
                } else {
                    partitionPlaces[key, default: [:]][partition.index] = merged[place].partitionData.count
                    merged[place].partitionData.append(partition)
                }
            }
        }
        return merged
    }

    private struct TopicKey: Hashable {
        let name: String
        let id: Uuid
    }

    /// Whether the first batch of any partition says that it is part of a transaction.
    private static func hasTransactionalRecords(_ request: ProduceRequest) throws(RecordsRefusal) -> Bool {
        for topic in request.topicData {
            for partition in topic.partitionData {
                guard case .bytes(let bytes)? = partition.records else { continue }
                if try ProduceRecords.firstBatchIsTransactional(bytes) { return true }
            }
        }
        return false
    }

    /// Fails every partition of the request alike.
    private static func fail(_ request: ProduceRequest, with refusal: AppendRefusal, _ context: RequestContext) {
        guard request.acks != 0 else { return context.closeConnection() }
        var response = ProduceResponse()
        response.responses = request.topicData.map { topic in
            var answer = ProduceResponse.TopicProduceResponse()
            answer.name = topic.name
            answer.topicId = topic.topicId
            answer.partitionResponses = topic.partitionData.map { .refused(refusal, partition: $0.index) }
            return answer
        }
        context.respond(response)
    }
}

extension ProduceResponse.PartitionProduceResponse {
    /// A partition to which nothing was appended.
    static func failed(_ error: ErrorCode, partition: Int32) -> Self {
        var response = Self()
        response.index = partition
        response.errorCode = error.rawValue
        response.baseOffset = -1
        return response
    }
}

extension ProduceRequest.PartitionProduceData {
    /// The records as they lie in the request; none where there is null.
    var recordBytes: ByteSlice {
        if case .bytes(let bytes)? = records { bytes } else { .empty }
    }
}
