// Members of the classic protocol in consumer groups (KIP-848): online migration in both directions.

import KafkaMessages
import KafkaWire

extension GroupShard {
    func joinConsumerGroup(_ group: ConsumerGroup, _ join: ClassicJoin) -> GroupActions {
        Self.refuse(join, .inconsistentGroupProtocol, memberId: "")
    }

    func syncConsumerGroup(
        _ group: ConsumerGroup, _ request: SyncGroupRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        .reply(token, .syncGroup(Self.syncError(.unknownMemberId)))
    }

    func heartbeatConsumerGroup(
        _ group: ConsumerGroup, _ request: HeartbeatRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        var response = HeartbeatResponse()
        response.errorCode = ErrorCode.unknownMemberId.rawValue
        return .reply(token, .heartbeat(response))
    }

    func leaveConsumerGroup(
        _ group: ConsumerGroup, _ request: LeaveGroupRequest, from client: GroupClient, token: RequestToken,
        nowMs: Int64
    ) -> GroupActions {
        var response = LeaveGroupResponse()
        response.members = request.members.map { Self.left($0, .unknownMemberId) }
        return .reply(token, .leaveGroup(response))
    }
}
