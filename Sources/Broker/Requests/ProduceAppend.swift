// Appending for one Produce request, and answering it.

import Bytes
import ClusterMetadata
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Replication

/// Collects the answers of a Produce request's partitions.
struct ProduceAppend: ~Copyable {
    private let context: RequestContext
    /// The client id that may produce to internal topics. Kafka: `AdminUtils.ADMIN_CLIENT_ID`.
    private static let adminClientId = "__admin_client"

    private let acks: Int16
    private var response = ProduceResponse()
    private var hasError = false
    /// Partitions whose records must be on disk before the answer goes out.
    private var flushes: [PendingFlush] = []

    init(context: RequestContext, acks: Int16) {
        self.context = context
        self.acks = acks
    }

    /// Appends the batches of one topic.
    mutating func add(_ topic: ProduceRequest.TopicProduceData) {
        var answer = ProduceResponse.TopicProduceResponse()
        answer.name = topic.name
        answer.topicId = topic.topicId
        let name = context.apiVersion >= 13 ? context.broker.partitions.topicName(topic.topicId) : topic.name
        response.responses.append(answer)
        for partition in topic.partitionData {
            append(partition, topic: name, topicIndex: response.responses.count - 1)
        }
    }

    /// Every partition was gone through: answers.
    consuming func finish() {
        if acks != 0 && !flushes.isEmpty {
            ProduceFlush.respond(response, after: flushes, context)
        } else if acks != 0 {
            context.respond(response)
        } else if hasError {
            // No answer is expected; the closed connection tells the producer that something went wrong.
            context.closeConnection()
        } else {
            context.respondWithNothing()
        }
    }

    private mutating func append(_ data: ProduceRequest.PartitionProduceData, topic: String?, topicIndex: Int) {
        let response: ProduceResponse.PartitionProduceResponse
        do {
            response = .appended(
                try appendRecords(data, topic: topic, topicIndex: topicIndex), partition: data.index)
        } catch {
            response = .refused(error, partition: data.index)
        }
        if response.errorCode != 0 { hasError = true }
        self.response.responses[topicIndex].partitionResponses.append(response)
    }

    private mutating func appendRecords(
        _ data: ProduceRequest.PartitionProduceData, topic: String?, topicIndex: Int
    ) throws(AppendRefusal) -> PartitionAppend {
        guard let topic else { throw AppendRefusal(.unknownTopicId) }
        // A partition that is not there is refused before the records are looked at, one that is offline after.
        let found = context.broker.partitions.partition(topic: topic, partition: data.index)
        if case .failure(let error) = found, error.code == .unknownTopicOrPartition {
            throw AppendRefusal(error.code)
        }
        let bytes = data.recordBytes
        do {
            try ProduceRecords.check(bytes, apiVersion: context.apiVersion)
        } catch {
            throw AppendRefusal(error)
        }
        guard acks == -1 || acks == 0 || acks == 1 else { throw AppendRefusal(.invalidRequiredAcks) }
        if TopicName.isInternal(topic) && context.clientId != Self.adminClientId {
            throw AppendRefusal(.invalidTopicException)
        }
        switch found {
        case .success(let partition):
            let append = try partition.append(bytes, acks: acks, nowMs: LogEnvironment.systemTimeMs())
            if append.isFlushDue {
                flushes.append(
                    PendingFlush(
                        log: partition.log, endOffset: append.lastOffset + 1, topicIndex: topicIndex,
                        partitionIndex: response.responses[topicIndex].partitionResponses.count))
            }
            return append
        case .failure(let error): throw AppendRefusal(error.code)
        }
    }
}

extension ProduceResponse.PartitionProduceResponse {
    fileprivate static func appended(_ append: PartitionAppend, partition: Int32) -> Self {
        var response = Self()
        response.index = partition
        response.baseOffset = append.baseOffset
        response.logAppendTimeMs = append.logAppendTimeMs
        response.logStartOffset = append.logStartOffset
        return response
    }

    static func refused(_ refusal: AppendRefusal, partition: Int32) -> Self {
        var response = failed(refusal.code, partition: partition)
        response.logStartOffset = refusal.logStartOffset
        response.errorMessage = refusal.errorMessage
        response.recordErrors = refusal.recordErrors.map { error in
            var entry = ProduceResponse.BatchIndexAndErrorMessage()
            entry.batchIndex = error.batchIndex
            entry.batchIndexErrorMessage = error.message
            return entry
        }
        return response
    }
}
