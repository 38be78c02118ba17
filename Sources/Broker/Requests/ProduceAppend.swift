// Appending for one Produce request, and answering it.

import Bytes
import ClusterMetadata
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Replication

/// Appends what a Produce request brings, partition by partition, and collects their answers.
///
/// That is done on the connection's loop. A batch that takes longer to check than others can wait, as one that expands
/// to gigabytes, goes on among the `LaboriousChecks` with all that comes after it; the connection's next request is not
/// taken meanwhile, as Kafka takes none before it has answered, so that a producer's batches keep their order.
struct ProduceAppend: LaboriousCheck {
    /// The client id that may produce to internal topics. Kafka: `AdminUtils.ADMIN_CLIENT_ID`.
    private static let adminClientId = "__admin_client"

    private let context: RequestContext
    private let topics: [ProduceRequest.TopicProduceData]
    private let acks: Int16
    private var response = ProduceResponse()
    private var hasError = false
    /// Partitions whose records must be on disk before the answer goes out.
    private var flushes: [PendingFlush] = []

    private init(_ topics: [ProduceRequest.TopicProduceData], acks: Int16, _ context: RequestContext) {
        self.topics = topics
        self.acks = acks
        self.context = context
    }

    /// Appends and answers. On the loop.
    static func perform(_ topics: [ProduceRequest.TopicProduceData], acks: Int16, _ context: RequestContext) {
        var append = ProduceAppend(topics, acks: acks, context)
        if append.goOn(.brief) { return append.finish() }
        context.holdInput()
        context.broker.laboriousChecks.submit(append)
    }

    func complete() {
        context.loop.execute {
            finish()
            context.resumeInput()
        }
    }

    /// The broker stops. What is appended already the producer sends again, and hears where it is.
    func abandon() {
        context.loop.execute {
            context.closeConnection()
            context.resumeInput()
        }
    }

    /// Appends what is not appended yet; false when a partition's records need more time than `effort` leaves.
    mutating func goOn(_ effort: CheckEffort) -> Bool {
        // The last topic begun may have partitions left.
        for index in topics.indices.dropFirst(max(0, response.responses.count - 1)) {
            let topic = topics[index]
            if index == response.responses.count {
                var answer = ProduceResponse.TopicProduceResponse()
                answer.name = topic.name
                answer.topicId = topic.topicId
                response.responses.append(answer)
            }
            let name = context.apiVersion >= 13 ? context.broker.partitions.topicName(topic.topicId) : topic.name
            for data in topic.partitionData[response.responses[index].partitionResponses.count...] {
                guard append(data, topic: name, topicIndex: index, effort) else { return false }
            }
        }
        return true
    }

    /// Every partition was gone through: answers.
    private func finish() {
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

    /// False when it was given up for the time it takes.
    private mutating func append(
        _ data: ProduceRequest.PartitionProduceData, topic: String?, topicIndex: Int, _ effort: CheckEffort
    ) -> Bool {
        let response: ProduceResponse.PartitionProduceResponse
        do {
            response = .appended(
                try appendRecords(data, topic: topic, topicIndex: topicIndex, effort), partition: data.index)
        } catch {
            if error.isUnfinished { return false }
            response = .refused(error, partition: data.index)
        }
        if response.errorCode != 0 { hasError = true }
        self.response.responses[topicIndex].partitionResponses.append(response)
        return true
    }

    private mutating func appendRecords(
        _ data: ProduceRequest.PartitionProduceData, topic: String?, topicIndex: Int, _ effort: CheckEffort
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
            let append = try partition.append(
                bytes, acks: acks, effort: effort, nowMs: LogEnvironment.systemTimeMs())
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
