// LeaveGroup (key 13): members leave a classic group, or an administrator removes them.
//
// Versions 0–5.
// v1–2 throttling. v3 several members, static ones by instance id (KIP-345). v4 flexible. v5 reason (KIP-800).

import Groups
import KafkaMessages
import KafkaWire

enum LeaveGroup: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5

    static func handle(_ request: consuming LeaveGroupRequest, _ context: RequestContext) {
        var request = request
        // Before version 3 there is one member.
        if context.apiVersion < 3 {
            var member = LeaveGroupRequest.MemberIdentity()
            member.memberId = request.memberId
            request.members = [member]
        }
        guard !request.groupId.isEmpty else { return fail(.invalidGroupId, context) }
        let leaving = request
        let client = context.groupClient
        context.broker.groups.perform(group: leaving.groupId) { shard, token, nowMs in
            shard.leaveGroup(leaving, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            switch result {
            case .success(.leaveGroup(let response)): respond(response, context)
            case .success: preconditionFailure("another API's answer to LeaveGroup")
            case .failure(let error): fail(error.code, context)
            }
        }
    }

    private static func respond(_ response: LeaveGroupResponse, _ context: RequestContext) {
        var response = response
        if context.apiVersion < 3 {
            // The one member's error is the request's.
            if response.errorCode == 0, let only = response.members.first { response.errorCode = only.errorCode }
            response.members = []
        }
        context.respond(response)
    }

    private static func fail(_ error: ErrorCode, _ context: RequestContext) {
        var response = LeaveGroupResponse()
        response.errorCode = error.rawValue
        context.respond(response)
    }
}
