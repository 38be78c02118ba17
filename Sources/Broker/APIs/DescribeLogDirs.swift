// DescribeLogDirs (key 35): which replicas lie in which log directory, and how large they are. KIP-113.
//
// Versions 1–5.
// v2  flexible. v3 an error for the whole answer. v4 the file system's size (KIP-827). v5 cordoned directories
// (KIP-1066).
//
// Behaviour: null topics mean all; what is asked for and not there is left out. A directory that failed is answered
// with KAFKA_STORAGE_ERROR.

import Files
import KafkaMessages
import KafkaWire
import LogStorage

enum DescribeLogDirs: ApiHandler {
    static let versions: ClosedRange<Int16> = 1...5

    private typealias Answer = DescribeLogDirsResponse.DescribeLogDirsResult

    static func handle(_ request: consuming DescribeLogDirsRequest, _ context: RequestContext) {
        let wanted = request.topics.map { topics in
            Set(topics.flatMap { topic in topic.partitions.map { TopicPartition(topic: topic.topic, partition: $0) } })
        }
        let registry = context.broker.logs
        let logs = registry.logs.filter { wanted?.contains($0.topicPartition) ?? true }
        let byDirectory = Dictionary(grouping: logs) { registry.directory(of: $0.topicPartition)?.path ?? "" }
        var response = DescribeLogDirsResponse()
        response.results = registry.directories.map { describe($0, byDirectory[$0.path] ?? []) }
        context.respond(response)
    }

    private static func describe(_ directory: LogDirectory, _ logs: [PartitionLog]) -> Answer {
        var answer = Answer()
        answer.logDir = directory.path
        guard directory.failure == nil else {
            answer.errorCode = ErrorCode.kafkaStorageError.rawValue
            return answer
        }
        if let space = try? FileSystemSpace(at: directory.path) {
            answer.totalBytes = space.totalBytes
            answer.usableBytes = space.usableBytes
        }
        let byTopic = Dictionary(grouping: logs) { $0.topicPartition.topic }
        answer.topics = byTopic.sorted { $0.key < $1.key }.map { name, logs in
            var topic = DescribeLogDirsResponse.DescribeLogDirsTopic()
            topic.name = name
            topic.partitions = logs.sorted { $0.topicPartition.partition < $1.topicPartition.partition }.map { log in
                var partition = DescribeLogDirsResponse.DescribeLogDirsPartition()
                partition.partitionIndex = log.topicPartition.partition
                partition.partitionSize = log.sizeBytes
                return partition
            }
            return topic
        }
        return answer
    }
}
