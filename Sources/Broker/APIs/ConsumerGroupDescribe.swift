// ConsumerGroupDescribe (key 69): consumer groups with their members, what these have and what they are meant to have
// (KIP-848).
//
// Versions 0–1.
// v1  each member's protocol: 0 for the classic one, 1 for the consumer protocol.
//
// Behaviour: names that are empty are answered first.

import Groups
import KafkaMessages
import KafkaWire

enum ConsumerGroupDescribe: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...1

    static func handle(_ request: consuming ConsumerGroupDescribeRequest, _ context: RequestContext) {
        let groups = request.groupIds.filter(\.isEmpty) + request.groupIds.filter { !$0.isEmpty }
        let tellsOperations = request.includeAuthorizedOperations
        let questions = groups.map { Question(groupId: $0, tellsOperations: tellsOperations) }
        context.broker.groups.describe(questions) { described in
            guard let described else { return context.refuseTooLarge(ConsumerGroupDescribeResponse.self) }
            var response = ConsumerGroupDescribeResponse()
            response.groups = described
            context.respond(response)
        }
    }

    private struct Question: GroupQuestion {
        typealias Answer = ConsumerGroupDescribeResponse.DescribedGroup

        let groupId: String
        let tellsOperations: Bool
        var key: String? { groupId }

        func ask(_ shard: GroupShard) -> Answer {
            guard !groupId.isEmpty else { return failed(.invalidGroupId) }
            var group = shard.describeConsumerGroup(groupId)
            if tellsOperations, group.errorCode == 0 { group.authorizedOperations = AuthorizedOperations.group }
            return group
        }

        func failed(_ error: ErrorCode) -> Answer {
            var group = Answer()
            group.groupId = groupId
            group.errorCode = groupId.isEmpty ? ErrorCode.invalidGroupId.rawValue : error.rawValue
            return group
        }

        static func leastBytes(_ answer: Answer) -> Int { answer.leastBytes }
    }
}
