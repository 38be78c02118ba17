// DescribeProducers (key 61): the idempotent and transactional producers that a partition knows. KIP-664.
//
// Version 0.
//
// Behaviour: partitions fail one by one.

import ClusterMetadata
import KafkaMessages
import KafkaWire
import LogStorage
import Replication

enum DescribeProducers: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...0

    private typealias Answer = DescribeProducersResponse.PartitionResponse

    static func handle(_ request: consuming DescribeProducersRequest, _ context: RequestContext) {
        let size = AnswerSize()
        // A partition that is named many times is described once, and its answers share their memory.
        var known: [TopicPartition: (answer: Answer, leastBytes: Int)] = [:]
        var response = DescribeProducersResponse()
        for asked in request.topics {
            var topic = DescribeProducersResponse.TopicResponse()
            topic.name = asked.name
            topic.partitions.reserveCapacity(asked.partitionIndexes.count)
            for index in asked.partitionIndexes {
                let key = TopicPartition(topic: asked.name, partition: index)
                let answer = known[key]?.answer ?? describe(topic: asked.name, partition: index, context)
                let leastBytes = known[key]?.leastBytes ?? answer.leastBytes
                guard size.add(leastBytes) else { return context.refuseTooLarge(DescribeProducersResponse.self) }
                if !answer.activeProducers.isEmpty { known[key] = (answer, leastBytes) }
                topic.partitions.append(answer)
            }
            response.topics.append(topic)
        }
        context.respond(response)
    }

    private static func describe(topic: String, partition: Int32, _ context: RequestContext) -> Answer {
        if let problem = TopicName.problem(with: topic) {
            return failed(.invalidTopicException, problem, partition: partition)
        }
        guard context.broker.partitions.topicId(topic) != nil else {
            return failed(
                .unknownTopicOrPartition, ErrorCode.unknownTopicOrPartition.standardMessage, partition: partition)
        }
        switch context.broker.partitions.partition(topic: topic, partition: partition) {
        case .failure(let error): return failed(error.code, nil, partition: partition)
        case .success(let found):
            var answer = Answer()
            answer.partitionIndex = partition
            answer.activeProducers = found.log.activeProducers().map { producer in
                var state = DescribeProducersResponse.ProducerState()
                state.producerId = producer.producerId
                state.producerEpoch = Int32(producer.producerEpoch)
                state.lastSequence = producer.lastSequence
                state.lastTimestamp = producer.lastTimestampMs
                state.coordinatorEpoch = producer.coordinatorEpoch
                state.currentTxnStartOffset = producer.currentTransactionStartOffset
                return state
            }
            return answer
        }
    }

    private static func failed(_ error: ErrorCode, _ message: String?, partition: Int32) -> Answer {
        var answer = Answer()
        answer.partitionIndex = partition
        answer.errorCode = error.rawValue
        answer.errorMessage = message
        return answer
    }
}
