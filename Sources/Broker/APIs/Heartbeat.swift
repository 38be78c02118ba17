// Heartbeat (key 12): a member of a classic group is alive.
//
// Versions 0–4.
// v1–2 throttling. v3 static members (KIP-345). v4 flexible.
//
// Behaviour: REBALANCE_IN_PROGRESS tells the member to join again. While the group is being loaded every heartbeat is
// good.

import Groups
import KafkaMessages
import KafkaWire

enum Heartbeat: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...4

    static func handle(_ request: consuming HeartbeatRequest, _ context: RequestContext) {
        let request = request
        let client = context.groupClient
        guard !request.groupId.isEmpty else { return fail(.invalidGroupId, context) }
        context.broker.groups.perform(group: request.groupId) { shard, token, nowMs in
            shard.heartbeat(request, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            switch result {
            case .success(.heartbeat(let response)): context.respond(response)
            case .success: preconditionFailure("another API's answer to Heartbeat")
            case .failure(let error):
                fail(error.code == .coordinatorLoadInProgress ? .none : error.code, context)
            }
        }
    }

    private static func fail(_ error: ErrorCode, _ context: RequestContext) {
        var response = HeartbeatResponse()
        response.errorCode = error.rawValue
        context.respond(response)
    }
}
