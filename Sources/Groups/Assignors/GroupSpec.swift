// What an assignor is given: the members, what each is subscribed to and what it has; how many partitions there are.

import KafkaWire

/// Whether all members of a group are subscribed to the same topics.
public enum SubscriptionType: Sendable {
    case homogeneous, heterogeneous
}

/// A member as an assignor sees it. An object that does not change: a group of a thousand members is handed to an
/// assignor a thousand times while they come, and what one member is made of is then not copied for each of them.
public final class MemberSpec: Sendable {
    public let memberId: String
    public let instanceId: String?
    public let rackId: String?
    /// The topics it is subscribed to that exist, each once.
    public let subscribedTopicIds: [Uuid]
    /// How many topics it is subscribed to, those included that do not exist: it decides how Kafka's set is laid out.
    public let subscriptionCount: Int
    /// What it was meant to have until now.
    public let assignment: Assignment
    /// What the records say it is meant to have; nil when they say nothing. A static member that takes another's place
    /// has no such record yet, though it is meant to have what the other one was.
    let target: Assignment?
    /// Java's hash of the id.
    let javaHash: Int32

    public convenience init(
        memberId: String, instanceId: String? = nil, rackId: String? = nil, subscribedTopicIds: [Uuid],
        subscriptionCount: Int? = nil, assignment: Assignment = Assignment()
    ) {
        self.init(
            memberId: memberId, javaHash: memberId.javaHash, instanceId: instanceId, rackId: rackId,
            subscribedTopicIds: subscribedTopicIds, subscriptionCount: subscriptionCount, assignment: assignment,
            target: nil)
    }

    /// With the hash of the id, for who knows it.
    init(
        memberId: String, javaHash: Int32, instanceId: String?, rackId: String?, subscribedTopicIds: [Uuid],
        subscriptionCount: Int?, assignment: Assignment, target: Assignment?
    ) {
        self.memberId = memberId
        self.javaHash = javaHash
        self.instanceId = instanceId
        self.rackId = rackId
        self.subscribedTopicIds = subscribedTopicIds
        self.subscriptionCount = max(subscriptionCount ?? 0, subscribedTopicIds.count)
        self.assignment = assignment
        self.target = target
    }

    /// The same member, subscribed to these topics.
    func subscribed(to topicIds: [Uuid], count: Int) -> MemberSpec {
        MemberSpec(
            memberId: memberId, javaHash: javaHash, instanceId: instanceId, rackId: rackId,
            subscribedTopicIds: topicIds, subscriptionCount: count, assignment: assignment, target: target)
    }

    /// The same member, meant to have something else.
    func meant(for target: Assignment?) -> MemberSpec {
        MemberSpec(
            memberId: memberId, javaHash: javaHash, instanceId: instanceId, rackId: rackId,
            subscribedTopicIds: subscribedTopicIds, subscriptionCount: subscriptionCount,
            assignment: target ?? Assignment(), target: target)
    }
}

extension MemberSpec: JavaHashable {}

/// A group as an assignor sees it (Kafka's `GroupSpec` and `SubscribedTopicDescriber`).
public struct GroupSpec: Sendable {
    /// In the order in which Kafka's map was filled; each member once.
    public let members: [MemberSpec]
    public var subscriptionType: SubscriptionType
    /// The number of partitions by topic.
    public var partitionCounts: [Uuid: Int]
    /// The members' indexes in the order in which Kafka walks its map of them.
    let walkedMembers: [Int]

    public init(members: [MemberSpec], subscriptionType: SubscriptionType, partitionCounts: [Uuid: Int]) {
        self.members = members
        self.subscriptionType = subscriptionType
        self.partitionCounts = partitionCounts
        walkedMembers = JavaOrder().grown(to: members.count).walk(Array(members.indices)) { members[$0] }
    }
}

/// No assignment can be computed: the text is Kafka's.
public struct AssignorError: Error, Equatable {
    public let text: String
}

/// A server-side assignor (KIP-848): a pure function from a group to what each member shall have.
public protocol ServerAssignor: Sendable {
    /// The name by which members ask for it.
    var name: String { get }
    /// The assignments in the order of `spec.members`.
    func assign(_ spec: GroupSpec) throws(AssignorError) -> [Assignment]
}

/// The assignors that `group.consumer.assignors` may name.
public enum ServerAssignors {
    public static let all: [any ServerAssignor] = [UniformAssignor(), RangeAssignor()]

    public static func named(_ name: String) -> (any ServerAssignor)? { all.first { $0.name == name } }
}
