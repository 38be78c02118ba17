// CreatePartitions: more partitions for topics that exist.

import KafkaMessages
import KafkaWire

extension ReplicationControl {
    private typealias Answer = CreatePartitionsResponse.CreatePartitionsTopicResult

    /// Decides a CreatePartitions request. Kafka: `ControllerApis.createPartitions`,
    /// `ReplicationControlManager.createPartitions`.
    ///
    /// More new partitions than an operation may have are refused with Kafka's error and none of them is made; Kafka
    /// refuses them too, but makes the first 10,000 nevertheless.
    func createPartitions(_ request: CreatePartitionsRequest) -> ControllerResult<CreatePartitionsResponse> {
        var counts: [String: Int] = [:]
        for topic in request.topics { counts[topic.name, default: 0] += 1 }
        var directories = DirectoryChooser(self)
        var result = ControllerResult<CreatePartitionsResponse>([], .init())
        var decided: [Answer] = []
        for topic in request.topics {
            switch counts[topic.name] {
            case 1:
                var answer = Answer()
                answer.name = topic.name
                answer.errorMessage = nil
                do throws(ApiError) {
                    let room = ControllerLimits.maxRecordsPerOperation - result.records.count
                    result.records += try createPartitions(topic, room: room, &directories)
                } catch {
                    answer.errorCode = error.code.rawValue
                    answer.errorMessage = error.message
                }
                decided.append(answer)
            case 0: break
            default:
                var answer = Answer()
                answer.name = topic.name
                answer.errorCode = ErrorCode.invalidRequest.rawValue
                answer.errorMessage = "Duplicate topic name."
                result.answer.results.append(answer)
                counts[topic.name] = 0
            }
        }
        result.answer.results += decided
        if request.validateOnly { result.records = [] }
        return result
    }

    private func createPartitions(
        _ request: CreatePartitionsRequest.CreatePartitionsTopic, room: Int, _ directories: inout DirectoryChooser
    ) throws(ApiError) -> [MetadataRecord] {
        guard let topic = state.topics[request.name], let first = topic.partitions.first else {
            throw ApiError(.unknownTopicOrPartition)
        }
        let present = topic.partitions.count
        if Int(request.count) == present {
            throw ApiError(.invalidPartitions, "Topic already has \(present) partition(s).")
        }
        if Int(request.count) < present {
            throw ApiError(
                .invalidPartitions,
                "The topic \(request.name) currently has \(present) partition(s); \(request.count) would not be an "
                    + "increase.")
        }
        let additional = Int(request.count) - present
        if let assignments = request.assignments, assignments.count != additional {
            throw ApiError(
                .invalidReplicaAssignment,
                "Attempted to add \(additional) additional partition(s), but only \(assignments.count) assignment(s) "
                    + "were specified.")
        }
        let factor = Int16(clamping: first.replicas.count)
        guard additional <= room else { throw ApiError(.unknownServerError) }
        var records: [MetadataRecord] = []
        if let assignments = request.assignments {
            for (offset, assignment) in assignments.enumerated() {
                let number = present + offset
                try validate(replicas: assignment.brokerIds, expectedCount: Int(factor))
                let isr = initialIsr(assignment.brokerIds)
                guard !isr.isEmpty else {
                    throw ApiError(
                        .invalidReplicaAssignment,
                        "All brokers specified in the manual partition assignment for partition \(number) are fenced or "
                            + "in controlled shutdown.")
                }
                records.append(
                    newPartition(
                        topicId: topic.id, number: Int32(number), assign(assignment.brokerIds, &directories), isr: isr))
            }
            return records
        }
        let replicas = try place(replicationFactor: factor)
        let isr = initialIsr(replicas)
        guard !isr.isEmpty else {
            throw ApiError(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(factor) time(s): All brokers are currently fenced or in controlled "
                    + "shutdown.")
        }
        for number in present..<present + additional {
            records.append(
                newPartition(topicId: topic.id, number: Int32(number), assign(replicas, &directories), isr: isr))
        }
        return records
    }
}
