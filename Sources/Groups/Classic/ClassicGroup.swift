// A group of the classic protocol: the members elect a leader, and the leader computes the assignment.

import KafkaMessages
import KafkaWire

/// A classic group, or a simple one: a name under which somebody commits offsets without being a member.
final class ClassicGroup: CoordinatedGroup {
    let groupId: String
    private(set) var state: ClassicGroupState
    /// When the state was entered, in milliseconds since 1970; nil when the record did not say.
    private(set) var stateTimestampMs: Int64?
    var generationId: Int32
    /// Nil for a simple group.
    var protocolType: String?
    /// The protocol that was chosen among those of the members.
    var protocolName: String?
    var leaderId: String?
    private(set) var members: [String: ClassicMember] = [:]
    /// Member ids by group instance id.
    private(set) var staticMembers: [String: String] = [:]
    /// How many members know each protocol.
    private var protocolCounts: [String: Int] = [:]
    /// How many members' JoinGroup requests wait.
    private(set) var awaitingJoinCount = 0
    /// What is known while members join and sync.
    var rebalance = ClassicRebalance()
    /// The topics that members are subscribed to, when the protocol type is Kafka's consumer and it could be read.
    var subscribedTopics: Set<String>?

    init(groupId: String, state: ClassicGroupState = .empty, generationId: Int32 = 0, nowMs: Int64?) {
        self.groupId = groupId
        self.state = state
        self.generationId = generationId
        stateTimestampMs = nowMs
    }

    func move(to state: ClassicGroupState, nowMs: Int64) {
        self.state = state
        stateTimestampMs = nowMs
    }

    // MARK: Members

    /// Adds a member; the first one of a group says the protocol type, and leads.
    func add(_ member: ClassicMember, protocolType type: String) {
        if members.isEmpty { protocolType = type }
        members[member.memberId] = member
        if let instance = member.groupInstanceId { staticMembers[instance] = member.memberId }
        if leaderId == nil { leaderId = member.memberId }
        count(member.protocols, by: 1)
        if member.awaitingJoin != nil { awaitingJoinCount += 1 }
        rebalance.pendingJoin.remove(member.memberId)
    }

    func remove(_ memberId: String) {
        if let member = members.removeValue(forKey: memberId) {
            count(member.protocols, by: -1)
            if member.awaitingJoin != nil { awaitingJoinCount -= 1 }
            if let instance = member.groupInstanceId, staticMembers[instance] == memberId {
                staticMembers[instance] = nil
            }
        }
        if leaderId == memberId { leaderId = members.keys.min() }
        rebalance.pendingJoin.remove(memberId)
        rebalance.pendingSync.remove(memberId)
    }

    /// Puts `member` in the place of a static member that came back under a new member id.
    func replace(_ oldMemberId: String, by member: ClassicMember) {
        let wasLeader = leaderId == oldMemberId
        members[oldMemberId] = nil
        members[member.memberId] = member
        if wasLeader { leaderId = member.memberId }
        if let instance = member.groupInstanceId { staticMembers[instance] = member.memberId }
        rebalance.pendingSync.remove(oldMemberId)
    }

    /// Notes what a member said when it joined again.
    func update(
        _ member: ClassicMember, protocols: [ClassicMember.SupportedProtocol], rebalanceTimeoutMs: Int32,
        sessionTimeoutMs: Int32
    ) {
        count(member.protocols, by: -1)
        member.protocols = protocols
        count(protocols, by: 1)
        member.rebalanceTimeoutMs = rebalanceTimeoutMs
        member.sessionTimeoutMs = sessionTimeoutMs
    }

    /// Notes that the member's JoinGroup request waits, or no longer does. Gives the request that waited until now.
    @discardableResult
    func setAwaitingJoin(_ token: RequestToken?, of member: ClassicMember) -> RequestToken? {
        let before = member.awaitingJoin
        if before == nil, token != nil { awaitingJoinCount += 1 }
        if before != nil, token == nil { awaitingJoinCount -= 1 }
        member.awaitingJoin = token
        return before
    }

    private func count(_ protocols: [ClassicMember.SupportedProtocol], by difference: Int) {
        for supported in protocols { protocolCounts[supported.name, default: 0] += difference }
    }

    /// The members by their ids, so that answers do not depend on chance.
    var sortedMembers: [ClassicMember] { members.values.sorted { $0.memberId < $1.memberId } }

    var anyoneHasJoined: Bool { awaitingJoinCount > 0 }

    /// Everybody has joined, and nobody was given an id who has not.
    var everyoneHasJoined: Bool { members.count == awaitingJoinCount && rebalance.pendingJoin.isEmpty }

    /// The longest rebalance timeout of a member, in milliseconds.
    var rebalanceTimeoutMs: Int64 { Int64(members.values.map(\.rebalanceTimeoutMs).max() ?? 0) }

    // MARK: Protocols

    /// Whether somebody with these protocols can be a member.
    func supports(protocolType type: String, protocols: [ClassicMember.SupportedProtocol]) -> Bool {
        if state == .empty { return !type.isEmpty && !protocols.isEmpty }
        return type == protocolType && protocols.contains { protocolCounts[$0.name] == members.count }
    }

    /// The protocol that most members like best, of those that all members know. Nil when there is none.
    func selectProtocol() -> String? {
        var votes: [String: Int] = [:]
        for member in members.values {
            if let choice = member.protocols.first(where: { protocolCounts[$0.name] == members.count }) {
                votes[choice.name, default: 0] += 1
            }
        }
        // Of those with the most votes Kafka takes the first in the order of its hash map.
        return votes.min { one, other in
            if one.value != other.value { return one.value > other.value }
            return (JavaHash.smallMapBucket(one.key), one.key) < (JavaHash.smallMapBucket(other.key), other.key)
        }?.key
    }

    // MARK: What any group says

    var kind: GroupKind { .classic }
    var protocolTypeText: String { protocolType ?? "" }
    var stateText: String { state.rawValue }
    var isEmpty: Bool { state == .empty }
    /// The protocol type of Kafka's own consumers.
    static let consumerProtocolType = "consumer"

    func tombstones() -> [GroupRecord] {
        var key = GroupMetadataKey()
        key.group = groupId
        return [.groupMetadata(key, nil)]
    }
}

/// The part of a classic group's state that no record holds.
struct ClassicRebalance {
    /// The wait for more members before a new group's first generation, in milliseconds.
    struct InitialDelay {
        var delayMs: Int64
        /// How long the wait may be prolonged.
        var leftMs: Int64
    }

    /// Ids that were given out and not joined with yet.
    var pendingJoin: Set<String> = []
    /// Members that have joined and not asked for their assignment yet.
    var pendingSync: Set<String> = []
    /// A member was added since the delay before the first rebalance began.
    var newMemberWasAdded = false
    /// Set while the group waits for members of its first generation.
    var initialDelay: InitialDelay?
    /// The time to join was up and nobody had: it begins anew with the first that does.
    var waitsForFirst = false
}
