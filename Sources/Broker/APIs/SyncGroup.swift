// SyncGroup (key 14): a member of a classic group asks for its assignment; the leader brings everybody's.
//
// Versions 0–5.
// v1–2 throttling. v3 static members (KIP-345). v4 flexible. v5 protocol type and name (KIP-559).
//
// Behaviour: the answer waits until the leader's assignment is in the log.

import Groups
import KafkaMessages
import KafkaWire

enum SyncGroup: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5

    static func handle(_ request: consuming SyncGroupRequest, _ context: RequestContext) {
        let request = request
        let client = context.groupClient
        // From version 5 on the protocol has to be named.
        if context.apiVersion >= 5, request.protocolType == nil || request.protocolName == nil {
            return fail(.inconsistentGroupProtocol, context)
        }
        guard !request.groupId.isEmpty else { return fail(.invalidGroupId, context) }
        context.broker.groups.perform(group: request.groupId) { shard, token, nowMs in
            shard.syncGroup(request, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            switch result {
            case .success(.syncGroup(let response)): context.respond(response)
            case .success: preconditionFailure("another API's answer to SyncGroup")
            // The group is being loaded: the member joins again when it is there.
            case .failure(let error): fail(error.code, context)
            }
        }
    }

    private static func fail(_ error: ErrorCode, _ context: RequestContext) {
        var response = SyncGroupResponse()
        response.errorCode = error.rawValue
        context.respond(response)
    }
}
