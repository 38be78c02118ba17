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

    private typealias Described = DescribeGroupsResponse.DescribedGroup

    static func handle(_ request: consuming DescribeGroupsRequest, _ context: RequestContext) {
        let groups = request.groups
        let tellsOperations = request.includeAuthorizedOperations && context.apiVersion >= 3
        let apiVersion = context.apiVersion
        let answers = Gathering<Described>(count: groups.count) { described in
            var response = DescribeGroupsResponse()
            response.groups = described
            context.respond(response)
        }
        for (place, groupId) in groups.enumerated() {
            guard let host = context.broker.groups.host(of: groupId) else {
                answers.put(failed(groupId, .notCoordinator, apiVersion), at: place)
                continue
            }
            host.read {
                $0.describeGroup(groupId, apiVersion: apiVersion)
            } answer: { result in
                switch result {
                case .success(var group):
                    if tellsOperations, group.errorCode == 0 { group.authorizedOperations = AuthorizedOperations.group }
                    answers.put(group, at: place)
                case .failure(let error): answers.put(failed(groupId, error.code, apiVersion), at: place)
                }
            }
        }
    }

    private static func failed(_ groupId: String, _ error: ErrorCode, _ apiVersion: Int16) -> Described {
        var group = Described()
        group.groupId = groupId
        group.errorCode = error.rawValue
        return group
    }
}
