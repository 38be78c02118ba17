// A group of the classic protocol: the members elect a leader, and the leader computes the assignment.

import KafkaMessages
import KafkaWire

/// A classic group, or a simple one: a name under which somebody commits offsets without being a member.
final class ClassicGroup: CoordinatedGroup {
    let groupId: String
    private(set) var state: ClassicGroupState
    /// When the state was entered, in milliseconds since 1970; nil when the record did not say.
    var stateTimestampMs: Int64?
    var generationId: Int32
    /// Nil for a simple group.
    var protocolType: String?
    /// The protocol that was chosen among those of the members.
    var protocolName: String?
    var leaderId: String?
    /// By member id, in the order in which they joined.
    private(set) var members: [String: ClassicMember] = [:]
    /// Member ids by group instance id.
    private(set) var staticMembers: [String: String] = [:]
    /// What is known while members join and sync; nil for groups that nobody is a member of.
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

    func add(_ member: ClassicMember) {
        members[member.memberId] = member
        if let instance = member.groupInstanceId { staticMembers[instance] = member.memberId }
        if leaderId == nil { leaderId = member.memberId }
        rebalance.pendingJoin.remove(member.memberId)
    }

    func remove(_ memberId: String) {
        if let member = members.removeValue(forKey: memberId), let instance = member.groupInstanceId,
            staticMembers[instance] == memberId
        {
            staticMembers[instance] = nil
        }
        if leaderId == memberId { leaderId = members.keys.min() }
        rebalance.pendingJoin.remove(memberId)
        rebalance.pendingSync.remove(memberId)
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
    /// Ids that were given out and not joined with yet.
    var pendingJoin: Set<String> = []
    /// Members that have joined and not asked for their assignment yet.
    var pendingSync: Set<String> = []
    /// A member was added since the delay before the first rebalance began.
    var newMemberWasAdded = false
    /// The group waits for members of its first generation; how much longer it may, in milliseconds.
    var initialDelayLeftMs: Int64?
}
