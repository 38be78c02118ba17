// DeleteTopics: by name, and by id.

import Configuration
import KafkaMessages
import KafkaWire

extension ReplicationControl {
    private typealias Answer = DeleteTopicsResponse.DeletableTopicResult

    /// Decides a DeleteTopics request; the versions' two ways of naming topics are both looked at.
    /// Kafka: `ControllerApis.deleteTopics` (which shuffles its answers), `ReplicationControlManager.deleteTopics`.
    /// - Throws: when topics may not be deleted at all.
    func deleteTopics(
        _ request: DeleteTopicsRequest, version: Int16
    ) throws(ApiError) -> ControllerResult<DeleteTopicsResponse> {
        guard settings.configuration.deleteTopicEnable else {
            if version < 3 { throw ApiError(.invalidRequest, "Topic deletion is disabled.") }
            throw ApiError(.topicDeletionDisabled, "Topic deletion is disabled.")
        }
        var deletion = TopicDeletion(topics: state.topics)
        for name in request.topicNames { deletion.add(name: name) }
        for topic in request.topics { deletion.add(topic) }
        var response = DeleteTopicsResponse()
        let ids = deletion.resolve()
        response.responses = deletion.answers
        guard ids.count <= ControllerLimits.maxRecordsPerOperation else {
            response.responses = ids.map { TopicDeletion.answer($0.name, $0.id, ControllerLimits.tooManyRecords) }
            return ControllerResult([], response)
        }
        let records = ids.map { topic in
            var record = RemoveTopicRecord()
            record.topicId = topic.id
            return MetadataRecord.removeTopic(record)
        }
        response.responses += ids.map { TopicDeletion.answer($0.name, $0.id, ApiError(.none)) }
        return ControllerResult(records, response)
    }
}

/// The topics that one request names.
private struct TopicDeletion {
    let topics: TopicsImage
    var answers: [DeleteTopicsResponse.DeletableTopicResult] = []
    private var names: [String] = []
    private var ids: [Uuid] = []
    private var countsByName: [String: Int] = [:]
    private var countsById: [Uuid: Int] = [:]

    init(topics: TopicsImage) {
        self.topics = topics
    }

    static func answer(_ name: String?, _ id: Uuid, _ error: ApiError) -> DeleteTopicsResponse.DeletableTopicResult {
        var answer = DeleteTopicsResponse.DeletableTopicResult()
        answer.name = name
        answer.topicId = id
        answer.errorCode = error.code.rawValue
        answer.errorMessage = error.message
        return answer
    }

    private mutating func refuse(_ name: String?, _ id: Uuid, _ text: String) {
        answers.append(Self.answer(name, id, ApiError(.invalidRequest, text)))
    }

    mutating func add(name: String) {
        if countsByName[name] == nil { names.append(name) }
        countsByName[name, default: 0] += 1
    }

    mutating func add(_ topic: DeleteTopicsRequest.DeleteTopicState) {
        switch (topic.name, topic.topicId) {
        case (nil, .zero): refuse(nil, .zero, "Neither topic name nor id were specified.")
        case (let name?, .zero): add(name: name)
        case (nil, let id):
            if countsById[id] == nil { ids.append(id) }
            countsById[id, default: 0] += 1
        case (let name?, let id): refuse(name, id, "You may not specify both topic name and topic id.")
        }
    }

    /// The topics that exist and are named once. All others are answered.
    mutating func resolve() -> [(name: String, id: Uuid)] {
        for name in names where countsByName[name] != 1 { refuse(name, .zero, "Duplicate topic name.") }
        for id in ids where countsById[id] != 1 { refuse(nil, id, "Duplicate topic id.") }
        var found: [(name: String, id: Uuid)] = []
        var places: [Uuid: Int] = [:]
        for id in ids where countsById[id] == 1 {
            if let topic = topics[id] {
                places[id] = found.count
                found.append((topic.name, id))
            } else {
                answers.append(
                    Self.answer(
                        nil, id, ApiError(.unknownTopicId, "This server does not host this topic ID.")))
            }
        }
        var named: Set<Int> = []
        for name in names where countsByName[name] == 1 {
            guard let id = topics.id(of: name) else {
                let text = "This server does not host this topic-partition."
                answers.append(Self.answer(name, .zero, ApiError(.unknownTopicOrPartition, text)))
                continue
            }
            if let place = places[id] {
                named.insert(place)
                refuse(name, id, "The provided topic name maps to an ID that was already supplied.")
            } else if countsById[id] ?? 0 > 1 {
                refuse(name, id, "The provided topic name maps to an ID that was already supplied.")
            } else {
                found.append((name, id))
            }
        }
        return found.enumerated().filter { !named.contains($0.offset) }.map(\.element)
    }
}
