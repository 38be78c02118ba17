// Questions about many groups at once, each answered by the shard of its group.

import Groups
import KafkaWire
import Synchronization

/// What a request asks about one group.
protocol GroupQuestion: Sendable {
    associatedtype Key: Hashable
    associatedtype Answer: Sendable

    var groupId: String { get }
    /// Questions with the same key have the same answer; nil where that is not worth looking for.
    var key: Key? { get }
    func ask(_ shard: GroupShard) -> Answer
    /// Where the shard cannot be asked.
    func failed(_ error: ErrorCode) -> Answer
    static func leastBytes(_ answer: Answer) -> Int
}

extension GroupCoordinator {
    /// Asks the shards, each once about all of its groups, and calls `completion` on any thread with the answers in the
    /// order of the questions. With nil when they are more than any answer may have.
    ///
    /// What is asked again and again is looked up once, and its answers share their memory.
    func describe<Question: GroupQuestion>(
        _ questions: [Question], completion: @escaping @Sendable ([Question.Answer]?) -> Void
    ) {
        let (byHost, hostless) = placesByHost(questions)
        let size = AnswerSize()
        let gathering = Gathering<[Question.Answer]?>(count: byHost.count) { parts in
            var answers = [Question.Answer?](repeating: nil, count: questions.count)
            for place in hostless { answers[Int(place)] = questions[Int(place)].failed(.notCoordinator) }
            for (part, (_, places)) in zip(parts, byHost) {
                guard let part else { return completion(nil) }
                for (place, answer) in zip(places, part) { answers[Int(place)] = answer }
            }
            completion(answers.compactMap(\.self))
        }
        for (part, (host, places)) in byHost.enumerated() {
            host.read {
                Self.answers(to: questions, at: places, by: $0, size)
            } answer: { result in
                switch result {
                case .success(let answers): gathering.put(answers, at: part)
                case .failure(let error):
                    gathering.put(places.map { questions[Int($0)].failed(error.code) }, at: part)
                }
            }
        }
    }

    /// Which questions are whose, and those that nobody answers.
    private func placesByHost<Question: GroupQuestion>(
        _ questions: [Question]
    ) -> ([(host: GroupShardHost, places: [Int32])], hostless: [Int32]) {
        var byHost: [Int32: (host: GroupShardHost, places: [Int32])] = [:]
        var hostless: [Int32] = []
        for (place, question) in questions.enumerated() {
            if let host = host(of: question.groupId) {
                byHost[host.index, default: (host, [])].places.append(Int32(place))
            } else {
                hostless.append(Int32(place))
            }
        }
        return (Array(byHost.values), hostless)
    }

    /// One shard's answers; nil when they are too large.
    private static func answers<Question: GroupQuestion>(
        to questions: [Question], at places: [Int32], by shard: GroupShard, _ size: AnswerSize
    ) -> [Question.Answer]? {
        var answers: [Question.Answer] = []
        answers.reserveCapacity(places.count)
        var known: [Question.Key: (place: Int, leastBytes: Int)] = [:]
        for place in places {
            let question = questions[Int(place)]
            let key = question.key
            if let key, let earlier = known[key] {
                guard size.add(earlier.leastBytes) else { return nil }
                answers.append(answers[earlier.place])
                continue
            }
            let answer = question.ask(shard)
            let leastBytes = Question.leastBytes(answer)
            guard size.add(leastBytes) else { return nil }
            if let key { known[key] = (answers.count, leastBytes) }
            answers.append(answer)
        }
        return answers
    }
}
