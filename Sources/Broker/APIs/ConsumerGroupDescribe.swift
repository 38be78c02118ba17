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

    private typealias Described = ConsumerGroupDescribeResponse.DescribedGroup

    static func handle(_ request: consuming ConsumerGroupDescribeRequest, _ context: RequestContext) {
        let groups = request.groupIds.filter(\.isEmpty) + request.groupIds.filter { !$0.isEmpty }
        let tellsOperations = request.includeAuthorizedOperations
        let answers = Gathering<Described>(count: groups.count) { described in
            var response = ConsumerGroupDescribeResponse()
            response.groups = described
            context.respond(response)
        }
        for (place, groupId) in groups.enumerated() {
            guard !groupId.isEmpty else {
                answers.put(failed(groupId, .invalidGroupId), at: place)
                continue
            }
            guard let host = context.broker.groups.host(of: groupId) else {
                answers.put(failed(groupId, .notCoordinator), at: place)
                continue
            }
            host.read {
                $0.describeConsumerGroup(groupId)
            } answer: { result in
                switch result {
                case .success(var group):
                    if tellsOperations, group.errorCode == 0 { group.authorizedOperations = AuthorizedOperations.group }
                    answers.put(group, at: place)
                case .failure(let error): answers.put(failed(groupId, error.code), at: place)
                }
            }
        }
    }

    private static func failed(_ groupId: String, _ error: ErrorCode) -> Described {
        var group = Described()
        group.groupId = groupId
        group.errorCode = error.rawValue
        return group
    }
}
