// JoinGroup (key 11): a member joins a group of the classic protocol, or joins again for the next generation.
//
// Versions 0–9.
// v1  rebalance timeout. v2–3 throttling. v4 a member joins in two steps (KIP-394). v5 static members (KIP-345).
// v6  flexible. v7 protocol type in the answer (KIP-559). v8 reason (KIP-800). v9 skip assignment (KIP-814).
//
// Behaviour: the answer waits until the members have joined, or their time is up. In a group of the consumer protocol a
// classic member joins beside the others.

import Groups
import KafkaMessages
import KafkaWire

enum JoinGroup: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...9

    static func handle(_ request: consuming JoinGroupRequest, _ context: RequestContext) {
        let request = request
        let client = context.groupClient
        guard !request.groupId.isEmpty else { return fail(.invalidGroupId, request, context) }
        context.broker.groups.perform(group: request.groupId) { shard, token, nowMs in
            shard.joinGroup(request, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            switch result {
            case .success(.joinGroup(let response)): respond(response, context)
            case .success: preconditionFailure("another API's answer to JoinGroup")
            case .failure(let error): fail(error.code, request, context)
            }
        }
    }

    private static func fail(_ error: ErrorCode, _ request: JoinGroupRequest, _ context: RequestContext) {
        var response = JoinGroupResponse()
        response.errorCode = error.rawValue
        response.protocolName = nil
        response.memberId = error == .invalidGroupId ? request.memberId : ""
        respond(response, context)
    }

    private static func respond(_ response: JoinGroupResponse, _ context: RequestContext) {
        var response = response
        // Before version 7 the protocol's name cannot be null; from then on it is, where there is none.
        let name = response.protocolName ?? ""
        response.protocolName = name.isEmpty && context.apiVersion >= 7 ? nil : name
        context.respond(response)
    }
}
