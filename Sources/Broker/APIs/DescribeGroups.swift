// DescribeGroups (key 15): classic groups with their members.
//
// Versions 0–6.
// v1–2 throttling. v3 authorized operations (KIP-430). v4 group instance ids (KIP-345). v5 flexible.
// v6  GROUP_ID_NOT_FOUND and an error message; before that, a group that there is not is dead (KIP-1043).

import Groups
import KafkaMessages
import KafkaWire

enum DescribeGroups: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...6

    static func handle(_ request: consuming DescribeGroupsRequest, _ context: RequestContext) {
        let tellsOperations = request.includeAuthorizedOperations && context.apiVersion >= 3
        let apiVersion = context.apiVersion
        let questions = request.groups.map {
            Question(groupId: $0, apiVersion: apiVersion, tellsOperations: tellsOperations)
        }
        context.broker.groups.describe(questions) { described in
            guard let described else { return context.refuseTooLarge(DescribeGroupsResponse.self) }
            var response = DescribeGroupsResponse()
            response.groups = described
            context.respond(response)
        }
    }

    private struct Question: GroupQuestion {
        typealias Answer = DescribeGroupsResponse.DescribedGroup

        let groupId: String
        let apiVersion: Int16
        let tellsOperations: Bool
        var key: String? { groupId }

        func ask(_ shard: GroupShard) -> Answer {
            var group = shard.describeGroup(groupId, apiVersion: apiVersion)
            if tellsOperations, group.errorCode == 0 { group.authorizedOperations = AuthorizedOperations.group }
            return group
        }

        func failed(_ error: ErrorCode) -> Answer {
            var group = Answer()
            group.groupId = groupId
            group.errorCode = error.rawValue
            return group
        }

        static func leastBytes(_ answer: Answer) -> Int { answer.leastBytes }
    }
}
