// A member of a classic group.

import KafkaMessages

/// What a member told when it joined, what it was assigned, and which of its requests waits.
final class ClassicMember {
    typealias SupportedProtocol = JoinGroupRequest.JoinGroupRequestProtocol

    let memberId: String
    let groupInstanceId: String?
    let clientId: String
    let clientHost: String
    var rebalanceTimeoutMs: Int32
    var sessionTimeoutMs: Int32
    /// The protocols that the member knows, the one it likes best first.
    var protocols: [SupportedProtocol]
    var assignment: [UInt8]

    /// The JoinGroup request that waits for the others.
    var awaitingJoin: RequestToken?
    /// The SyncGroup request that waits for the assignment.
    var awaitingSync: RequestToken?
    /// It has never completed a join: it may be forgotten even while it waits.
    var isNew = false

    init(
        memberId: String, groupInstanceId: String?, clientId: String, clientHost: String, rebalanceTimeoutMs: Int32,
        sessionTimeoutMs: Int32, protocols: [SupportedProtocol], assignment: [UInt8] = []
    ) {
        self.memberId = memberId
        self.groupInstanceId = groupInstanceId
        self.clientId = clientId
        self.clientHost = clientHost
        self.rebalanceTimeoutMs = rebalanceTimeoutMs
        self.sessionTimeoutMs = sessionTimeoutMs
        self.protocols = protocols
        self.assignment = assignment
    }

    /// What the member says about itself under a protocol; nothing when it does not know the protocol.
    func metadata(of name: String?) -> [UInt8] {
        protocols.first { $0.name == name }?.metadata ?? []
    }

    /// The same protocols with the same metadata, in the same order.
    func matches(_ others: [SupportedProtocol]) -> Bool {
        protocols.count == others.count
            && zip(protocols, others).allSatisfy { $0.name == $1.name && $0.metadata == $1.metadata }
    }

    /// Whether nothing has to be heard of the member now: it waits for us.
    var isExcusedFromHeartbeats: Bool {
        !isNew && (awaitingJoin != nil || awaitingSync != nil)
    }
}
