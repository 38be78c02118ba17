// DescribeProducers (key 61): the idempotent and transactional producers that a partition knows. KIP-664.
//
// Version 0.
//
// Behaviour: partitions fail one by one.

import ClusterMetadata
import KafkaMessages
import KafkaWire
import Replication

enum DescribeProducers: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...0

    private typealias Answer = DescribeProducersResponse.PartitionResponse

    static func handle(_ request: consuming DescribeProducersRequest, _ context: RequestContext) {
        var response = DescribeProducersResponse()
        response.topics = request.topics.map { topic in
            var answer = DescribeProducersResponse.TopicResponse()
            answer.name = topic.name
            answer.partitions = topic.partitionIndexes.map { describe(topic: topic.name, partition: $0, context) }
            return answer
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
