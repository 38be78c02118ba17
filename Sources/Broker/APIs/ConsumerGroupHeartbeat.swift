// ConsumerGroupHeartbeat (key 68): members of consumer groups join, stay and leave (KIP-848).
//
// Versions 0–1.
// v1  regular expressions (RE2), and members that choose their own ids (KIP-1082).
//
// Behaviour: one request and one answer; nothing waits. The answer leaves when what it says is in the log.

import Groups
import KafkaMessages
import KafkaWire

enum ConsumerGroupHeartbeat: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...1

    static func handle(_ request: consuming ConsumerGroupHeartbeatRequest, _ context: RequestContext) {
        let request = request
        let client = context.groupClient
        context.broker.groups.perform(group: request.groupId) { shard, token, nowMs in
            shard.consumerGroupHeartbeat(request, from: client, token: token, nowMs: nowMs)
        } answer: { result in
            switch result {
            case .success(.consumerGroupHeartbeat(let response)): context.respond(response)
            case .success: preconditionFailure("another API's answer to ConsumerGroupHeartbeat")
            case .failure(let error):
                var response = ConsumerGroupHeartbeatResponse()
                response.errorCode = error.code.rawValue
                context.respond(response)
            }
        }
    }
}
