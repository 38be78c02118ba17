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
        let groupIds = request.groupsNames.filter { seen.insert($0).inserted }
        // The groups of one partition are deleted together or, where that cannot be written, not at all.
        let shares = groupIds.isEmpty ? [] : context.broker.groups.hosts(of: groupIds)
        let answers = Gathering<[Deleted]>(count: shares.count) { results in
            var response = DeleteGroupsResponse()
            response.results = results.flatMap(\.self)
            context.respond(response)
        }
        for (place, share) in shares.enumerated() {
            guard let host = share.host else {
                answers.put(failures(share.groupIds, .notCoordinator), at: place)
                continue
            }
            host.perform { shard, token, _ in
                shard.deleteGroups(share.groupIds, token: token)
            } answer: { result in
                switch result {
                case .success(.deleteGroups(let deleted)): answers.put(deleted, at: place)
                case .success: preconditionFailure("another API's answer to DeleteGroups")
                case .failure(let error): answers.put(failures(share.groupIds, error.code), at: place)
                }
            }
        }
    }

    private static func failures(_ groupIds: [String], _ error: ErrorCode) -> [Deleted] {
        groupIds.map { groupId in
            var failed = Deleted()
            failed.groupId = groupId
            failed.errorCode = error.rawValue
            return failed
        }
    }
}
