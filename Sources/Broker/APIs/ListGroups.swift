// ListGroups (key 16): the groups of every kind.
//
// Versions 0–5.
// v1–2 throttling. v3 flexible. v4 filter of states (KIP-518). v5 filter of types (KIP-848).

import Groups
import KafkaMessages
import KafkaWire

enum ListGroups: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5

    private typealias Listed = ListGroupsResponse.ListedGroup

    static func handle(_ request: consuming ListGroupsRequest, _ context: RequestContext) {
        let (states, types) = (request.statesFilter, request.typesFilter)
        let hosts = context.broker.groups.hosts
        let answers = Gathering<Result<[Listed], GroupError>>(count: hosts.count) { lists in
            var response = ListGroupsResponse()
            for list in lists {
                switch list {
                case .success(let groups): response.groups += groups
                // A partition that was given up has no groups here; one that is being loaded has unknown ones.
                case .failure(let error):
                    if error.code != .notCoordinator { response.errorCode = error.code.rawValue }
                }
            }
            if response.errorCode != 0 { response.groups = [] }
            context.respond(response)
        }
        for (place, host) in hosts.enumerated() {
            host.read {
                $0.listGroups(states: states, types: types)
            } answer: { result in
                answers.put(result, at: place)
            }
        }
    }
}
