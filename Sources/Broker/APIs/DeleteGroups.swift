// DeleteGroups (key 42): deletes groups that have no members, with their offsets.
//
// Versions 0–2.
// v1  throttling. v2 flexible.

import Groups
import KafkaMessages
import KafkaWire

enum DeleteGroups: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...2

    private typealias Deleted = DeleteGroupsResponse.DeletableGroupResult

    static func handle(_ request: consuming DeleteGroupsRequest, _ context: RequestContext) {
        // A group that is named twice is deleted, and answered, once.
        var seen: Set<String> = []
        let groups = request.groupsNames.filter { seen.insert($0).inserted }
        let answers = Gathering<Deleted>(count: groups.count) { results in
            var response = DeleteGroupsResponse()
            response.results = results
            context.respond(response)
        }
        for (place, groupId) in groups.enumerated() {
            context.broker.groups.perform(group: groupId) { shard, token, _ in
                shard.deleteGroup(groupId, token: token)
            } answer: { result in
                switch result {
                case .success(.deleteGroup(let deleted)): answers.put(deleted, at: place)
                case .success: preconditionFailure("another API's answer to DeleteGroups")
                case .failure(let error):
                    var failed = Deleted()
                    failed.groupId = groupId
                    failed.errorCode = error.code.rawValue
                    answers.put(failed, at: place)
                }
            }
        }
    }
}
