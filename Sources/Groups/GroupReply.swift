// The answers that a shard gives to requests that change something or have to wait.

import KafkaMessages

/// A request that waits for its answer, by a number that the shell chose.
public struct RequestToken: Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }
}

/// Who sent a request, and how.
public struct GroupClient: Sendable {
    public var clientId: String
    /// The client's address as Kafka shows it: `/127.0.0.1`.
    public var clientHost: String
    /// The request's version.
    public var apiVersion: Int16

    public init(clientId: String, clientHost: String, apiVersion: Int16) {
        self.clientId = clientId
        self.clientHost = clientHost
        self.apiVersion = apiVersion
    }
}

/// An answer, one case an API.
public enum GroupReply: Sendable {
    case joinGroup(JoinGroupResponse)
    case syncGroup(SyncGroupResponse)
    case heartbeat(HeartbeatResponse)
    case leaveGroup(LeaveGroupResponse)
    /// Those groups of the request's that the shard has.
    case deleteGroups([DeleteGroupsResponse.DeletableGroupResult])
    case offsetCommit(OffsetCommitResponse)
    case offsetDelete(OffsetDeleteResponse)
    case txnOffsetCommit(TxnOffsetCommitResponse)
    case consumerGroupHeartbeat(ConsumerGroupHeartbeatResponse)
}
