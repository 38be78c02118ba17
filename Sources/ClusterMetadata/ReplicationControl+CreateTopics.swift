// CreateTopics: which topics may be made, and of what.

import Configuration
import KafkaMessages
import KafkaWire

extension ReplicationControl {
    private typealias Answer = CreateTopicsResponse.CreatableTopicResult

    /// Decides a CreateTopics request. The answers stand in the request's order; a name that is there twice, and the
    /// one that nobody may create, come last. Kafka: `ControllerApis.createTopics`,
    /// `ReplicationControlManager.createTopics`.
    func createTopics(_ request: CreateTopicsRequest) -> ControllerResult<CreateTopicsResponse> {
        func refuseAll(_ error: ApiError) -> ControllerResult<CreateTopicsResponse> {
            var response = CreateTopicsResponse()
            response.topics = request.topics.map { Self.answer($0.name, error) }
            return ControllerResult([], response)
        }
        let (topics, refused) = Self.separate(request.topics)
        if Self.countsTooManyPartitions(topics, default: settings.defaultPartitionCount) {
            return refuseAll(ControllerLimits.tooManyPartitions)
        }
        var response = CreateTopicsResponse()
        var creation = TopicCreation(control: self)
        for topic in topics {
            response.topics.append(creation.create(topic))
            if creation.records.count > ControllerLimits.maxRecordsPerOperation { creation.hasTooManyRecords = true }
            if creation.hasTooManyRecords { return refuseAll(ControllerLimits.tooManyRecords) }
        }
        response.topics += refused
        return ControllerResult(request.validateOnly ? [] : creation.records, response)
    }

    static func answer(_ name: String, _ error: ApiError) -> CreateTopicsResponse.CreatableTopicResult {
        var answer = Answer()
        answer.name = name
        answer.errorCode = error.code.rawValue
        answer.errorMessage = error.message
        return answer
    }

    /// The topics to decide on, and the answers for those that are not looked at.
    private static func separate(
        _ topics: [CreateTopicsRequest.CreatableTopic]
    ) -> ([CreateTopicsRequest.CreatableTopic], [Answer]) {
        var counts: [String: Int] = [:]
        for topic in topics { counts[topic.name, default: 0] += 1 }
        var kept: [CreateTopicsRequest.CreatableTopic] = []
        var twice: [Answer] = []
        var prohibited: [Answer] = []
        for topic in topics {
            let count = counts[topic.name] ?? 0
            if count > 1 {
                twice.append(answer(topic.name, ApiError(.invalidRequest, "Duplicate topic name.")))
                counts[topic.name] = 0
            } else if count == 1, topic.name == TopicName.clusterMetadata {
                let text = "Creation of internal topic \(topic.name) is prohibited."
                prohibited.append(answer(topic.name, ApiError(.invalidRequest, text)))
            } else if count == 1 {
                kept.append(topic)
            }
        }
        return (kept, twice + prohibited)
    }

    /// Kafka adds the numbers up as 32-bit integers, those that make no sense too.
    private static func countsTooManyPartitions(
        _ topics: [CreateTopicsRequest.CreatableTopic], default defaultCount: Int32
    ) -> Bool {
        var total: Int32 = 0
        for topic in topics {
            if !topic.assignments.isEmpty {
                total &+= Int32(truncatingIfNeeded: topic.assignments.count)
            } else {
                total &+= topic.numPartitions == -1 ? defaultCount : topic.numPartitions
            }
        }
        return total > ControllerLimits.maxPartitionsPerRequest
    }
}

/// The topics of one request, decided one after the other.
private struct TopicCreation {
    let control: ReplicationControl
    let configuration: ConfigurationControl
    var directories: ReplicationControl.DirectoryChooser
    var records: [MetadataRecord] = []
    /// The request is refused as a whole.
    var hasTooManyRecords = false

    init(control: ReplicationControl) {
        self.control = control
        configuration = ConfigurationControl(state: control.state, settings: control.settings)
        directories = ReplicationControl.DirectoryChooser(control)
    }

    mutating func create(
        _ topic: CreateTopicsRequest.CreatableTopic
    ) -> CreateTopicsResponse.CreatableTopicResult {
        do throws(ApiError) {
            return try decide(topic)
        } catch {
            return ReplicationControl.answer(topic.name, error)
        }
    }

    private mutating func decide(
        _ topic: CreateTopicsRequest.CreatableTopic
    ) throws(ApiError) -> CreateTopicsResponse.CreatableTopicResult {
        try checkName(topic.name)
        let overrides = try checkedConfigs(topic)
        let partitions = try place(topic)

        var record = TopicRecord()
        record.name = topic.name
        record.topicId = Uuid.random()
        records.append(.topic(record))
        records += configuration.recordsForNewTopic(topic.name, overrides)
        for (number, partition) in partitions.enumerated() {
            records.append(
                control.newPartition(
                    topicId: record.topicId, number: Int32(number), partition.assignment, isr: partition.isr))
        }

        var answer = CreateTopicsResponse.CreatableTopicResult()
        answer.name = topic.name
        answer.topicId = record.topicId
        answer.errorMessage = nil
        answer.numPartitions = Int32(partitions.count)
        answer.replicationFactor = Int16(clamping: partitions[0].assignment.replicas.count)
        answer.configs = configuration.described(topicOverrides: overrides)
        return answer
    }

    private func checkName(_ name: String) throws(ApiError) {
        if let problem = TopicName.problem(with: name) { throw ApiError(.invalidTopicException, problem) }
        if control.state.topics.contains(name) {
            throw ApiError(.topicAlreadyExists, "Topic '\(name)' already exists.")
        }
        if let other = control.state.topics.colliding(with: name) {
            throw ApiError(.invalidTopicException, "Topic '\(name)' collides with existing topic: \(other)")
        }
    }

    private func checkedConfigs(
        _ topic: CreateTopicsRequest.CreatableTopic
    ) throws(ApiError) -> [(name: String, value: String)] {
        let withoutValue = topic.configs.filter { $0.value == nil }.map(\.name)
        guard withoutValue.isEmpty else {
            throw ApiError(
                .invalidConfig,
                "Null value not supported for topic configs: \(withoutValue.joined(separator: ","))")
        }
        var overrides: [(name: String, value: String)] = []
        var places: [String: Int] = [:]
        for config in topic.configs {
            guard let value = config.value else { continue }
            // Of a key that is there twice the last value counts.
            if let place = places[config.name] {
                overrides[place].value = value
            } else {
                places[config.name] = overrides.count
                overrides.append((config.name, value))
            }
        }
        if !overrides.isEmpty { try configuration.validateNewTopic(overrides) }
        return overrides
    }

    private typealias Placed = (assignment: ReplicationControl.Assignment, isr: [Int32])

    private mutating func place(_ topic: CreateTopicsRequest.CreatableTopic) throws(ApiError) -> [Placed] {
        if !topic.assignments.isEmpty { return try placeByHand(topic) }
        if topic.replicationFactor < -1 || topic.replicationFactor == 0 {
            throw ApiError(
                .invalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.")
        }
        if topic.numPartitions < -1 || topic.numPartitions == 0 {
            throw ApiError(.invalidPartitions, "Number of partitions was set to an invalid non-positive value.")
        }
        let count = topic.numPartitions == -1 ? control.settings.defaultPartitionCount : topic.numPartitions
        let factor =
            topic.replicationFactor == -1 ? control.settings.defaultReplicationFactor : topic.replicationFactor
        let replicas: [Int32]
        do {
            replicas = try control.place(replicationFactor: factor)
        } catch {
            throw ApiError(
                error.code, "Unable to replicate the partition \(factor) time(s): \(error.message ?? "")")
        }
        let isr = control.initialIsr(replicas)
        guard !isr.isEmpty else {
            throw ApiError(
                .invalidReplicationFactor,
                "Unable to replicate the partition \(factor) time(s): All brokers are currently fenced or in "
                    + "controlled shutdown.")
        }
        // More than an operation may have: no memory is taken for them.
        guard Int(count) < ControllerLimits.maxRecordsPerOperation else {
            hasTooManyRecords = true
            throw ControllerLimits.tooManyRecords
        }
        return (0..<count).map { _ in (control.assign(replicas, &directories), isr) }
    }

    private mutating func placeByHand(_ topic: CreateTopicsRequest.CreatableTopic) throws(ApiError) -> [Placed] {
        guard topic.replicationFactor == -1 else {
            throw ApiError(
                .invalidRequest,
                "A manual partition assignment was specified, but replication factor was not set to -1.")
        }
        guard topic.numPartitions == -1 else {
            throw ApiError(
                .invalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.")
        }
        var placed: [Int32: Placed] = [:]
        var replicationFactor: Int?
        for assignment in topic.assignments {
            let number = assignment.partitionIndex
            guard placed[number] == nil else {
                throw ApiError(
                    .invalidReplicaAssignment, "Found multiple manual partition assignments for partition \(number)")
            }
            try control.validate(replicas: assignment.brokerIds, expectedCount: replicationFactor)
            replicationFactor = assignment.brokerIds.count
            let isr = control.initialIsr(assignment.brokerIds)
            guard !isr.isEmpty else {
                throw ApiError(
                    .invalidReplicaAssignment,
                    "All brokers specified in the manual partition assignment for partition \(number) are fenced or in "
                        + "controlled shutdown.")
            }
            placed[number] = (control.assign(assignment.brokerIds, &directories), isr)
        }
        return try (0..<Int32(placed.count)).map { (number) throws(ApiError) in
            guard let partition = placed[number] else {
                throw ApiError(
                    .invalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence")
            }
            return partition
        }
    }
}
