// DeleteRecords (key 21): moves the start of partitions' logs up. KIP-107.
//
// Versions 0–2.
// v2  flexible.
//
// Behaviour: partitions fail one by one; one that is named twice is answered once, by what is said last. Offset -1
// means the high watermark. The answer's low watermark is the log start offset, as there are no followers to wait for.

import ClusterMetadata
import KafkaMessages
import KafkaWire
import LogStorage
import Replication

enum DeleteRecords: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2

    private typealias Answer = DeleteRecordsResponse.DeleteRecordsPartitionResult

    static func handle(_ request: consuming DeleteRecordsRequest, _ context: RequestContext) {
        var response = DeleteRecordsResponse()
        var places: [String: Int] = [:]
        var answered: [TopicPartition: Int] = [:]
        for topic in request.topics {
            let place = places[topic.name] ?? response.topics.count
            if place == response.topics.count {
                places[topic.name] = place
                response.topics.append(.init())
                response.topics[place].name = topic.name
            }
            for partition in topic.partitions {
                let answer = delete(partition, topic: topic.name, context)
                let key = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                if let earlier = answered[key] {
                    response.topics[place].partitions[earlier] = answer
                } else {
                    answered[key] = response.topics[place].partitions.count
                    response.topics[place].partitions.append(answer)
                }
            }
        }
        response.topics.removeAll { $0.partitions.isEmpty }
        context.respond(response)
    }

    private static func delete(
        _ request: DeleteRecordsRequest.DeleteRecordsPartition, topic: String, _ context: RequestContext
    ) -> Answer {
        var answer = Answer()
        answer.partitionIndex = request.partitionIndex
        answer.lowWatermark = -1
        let partition: Partition
        switch context.broker.partitions.partition(topic: topic, partition: request.partitionIndex) {
        case .success(let found): partition = found
        case .failure(let error):
            answer.errorCode = error.code.rawValue
            return answer
        }
        guard !TopicName.isInternal(topic) else {
            answer.errorCode = ErrorCode.invalidTopicException.rawValue
            return answer
        }
        do throws(LogError) {
            answer.lowWatermark = try partition.log.deleteRecords(before: request.offset)
        } catch {
            answer.errorCode = error.code.rawValue
        }
        return answer
    }
}
