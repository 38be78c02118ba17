// Which partitions a Fetch request is about, and which of the answers it gets to see. KIP-227; Kafka's FetchManager.

import KafkaMessages
import KafkaWire

/// How one Fetch request stands to the sessions.
enum FetchContext: Sendable {
    /// The session is unknown, or the request's epoch is not the one expected.
    case sessionError(ErrorCode)
    /// The partitions are those of the request; nothing is remembered.
    case sessionless([FetchTarget])
    /// The partitions are those of the request; a session is made of them, if there is room.
    case full([FetchTarget], isFollower: Bool, usesTopicIds: Bool)
    /// The partitions are the session's, as this request changed them.
    case incremental(FetchSession, [FetchTarget], expectedEpoch: Int32)

    /// The partitions to read, in order.
    var targets: [FetchTarget] {
        switch self {
        case .sessionError: []
        case .sessionless(let targets), .full(let targets, _, _), .incremental(_, let targets, _): targets
        }
    }
}

extension FetchSessionCache {
    /// Finds or ends the session that a request names, and works its changes into it.
    ///
    /// - Parameter topicName: the name of a topic id, for partitions that were unknown when they were added.
    func context(
        for request: FetchRequest, version: Int16, targets: [FetchTarget], forgotten: [FetchPartitionKey],
        isFollower: Bool, nowMs: Int64, topicName: (Uuid) -> String?
    ) -> FetchContext {
        let usesTopicIds = version >= 13
        if request.sessionEpoch == FetchEpoch.initial || request.sessionEpoch == FetchEpoch.final {
            // A full request ends the session that it names.
            if request.sessionId != 0 { remove(request.sessionId) }
            if request.sessionEpoch == FetchEpoch.final { return .sessionless(targets) }
            return .full(targets, isFollower: isFollower, usesTopicIds: usesTopicIds)
        }
        guard let session = session(request.sessionId) else { return .sessionError(.fetchSessionIdNotFound) }

        enum Outcome {
            case error(ErrorCode)
            case emptied
            case targets([FetchTarget], expectedEpoch: Int32)
        }
        let outcome = session.state.withLock { state -> Outcome in
            if state.epoch != request.sessionEpoch { return .error(.invalidFetchSessionEpoch) }
            if session.usesTopicIds != usesTopicIds { return .error(.fetchSessionTopicIdError) }
            for target in targets {
                let known: Void? = state.partitions.update(target.key) { cached in
                    cached.target = target
                }
                if known == nil {
                    state.partitions.append(CachedFetchPartition(target: target, highWatermark: -1, logStartOffset: -1))
                }
            }
            for key in forgotten { state.partitions.remove(key) }
            if state.partitions.isEmpty { return .emptied }
            state.epoch = FetchEpoch.next(after: state.epoch)
            var all: [FetchTarget] = []
            all.reserveCapacity(state.partitions.count)
            state.partitions.forEach { cached in
                if usesTopicIds && cached.target.topic == nil {
                    cached.target.topic = topicName(cached.target.topicId)
                }
                all.append(cached.target)
            }
            return .targets(all, expectedEpoch: state.epoch)
        }
        switch outcome {
        case .error(let code): return .sessionError(code)
        case .emptied:
            remove(session.id)
            return .sessionless(targets)
        case .targets(let all, let expectedEpoch):
            touch(session, partitionCount: all.count, nowMs: nowMs)
            return .incremental(session, all, expectedEpoch: expectedEpoch)
        }
    }
}

extension FetchContext {
    /// One partition's answer, with the target it answers.
    typealias Answer = (target: FetchTarget, data: FetchResponse.PartitionData)

    /// The head of the answer, and those of `answers` that belong into it; notes them in the session.
    func finish(_ answers: [Answer], cache: FetchSessionCache, nowMs: Int64) -> FetchResponse {
        var response = FetchResponse()
        switch self {
        case .sessionError(let code):
            response.errorCode = code.rawValue
        case .sessionless:
            response.add(answers)
        case .full(_, let isFollower, let usesTopicIds):
            var partitions = FetchPartitionList(minimumCapacity: answers.count)
            for (target, data) in answers {
                partitions.append(
                    CachedFetchPartition(
                        target: target, highWatermark: data.highWatermark, logStartOffset: data.logStartOffset))
            }
            let session = cache.create(
                partitions: partitions, isPrivileged: isFollower, usesTopicIds: usesTopicIds, nowMs: nowMs)
            response.sessionId = session?.id ?? 0
            response.add(answers)
        case .incremental(let session, _, let expectedEpoch):
            response.sessionId = session.id
            let selected = session.state.withLock { state -> [Answer]? in
                // Another request of the session came in while this one waited.
                guard state.epoch == expectedEpoch else { return nil }
                var selected: [Answer] = []
                for answer in answers {
                    let key = answer.target.key
                    guard state.partitions.update(key, { $0.noteAnswer(answer.data) }) == true else { continue }
                    selected.append(answer)
                    if (answer.data.records?.sizeBytes ?? 0) > 0 { state.partitions.moveToEnd(key) }
                }
                return selected
            }
            if let selected {
                response.add(selected)
            } else {
                response.errorCode = ErrorCode.invalidFetchSessionEpoch.rawValue
            }
        }
        return response
    }
}

extension FetchResponse {
    /// Adds partitions in their order; neighbours of one topic share its entry.
    fileprivate mutating func add(_ answers: [FetchContext.Answer]) {
        for (target, data) in answers {
            if let previous = responses.last, previous.topicId == target.topicId, previous.topic == (target.topic ?? "")
            {
                responses[responses.count - 1].partitions.append(data)
            } else {
                var topic = FetchableTopicResponse()
                topic.topic = target.topic ?? ""
                topic.topicId = target.topicId
                topic.partitions = [data]
                responses.append(topic)
            }
        }
    }
}
