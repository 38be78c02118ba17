// A member of a consumer group: what it said about itself, and where it is on its way.

import KafkaMessages
import KafkaWire

/// Names of topics, each once, in the order in which Kafka walks through its set of them.
struct TopicNames: Equatable, Sendable {
    let walked: [String]

    init(_ names: [String] = []) {
        if names.count < 2 {
            walked = names
            return
        }
        var seen: Set<String> = []
        walked = JavaOrder(copyOf: names.count).walk(names.filter { seen.insert($0).inserted })
    }

    var isEmpty: Bool { walked.isEmpty }

    static func == (left: TopicNames, right: TopicNames) -> Bool {
        left.walked == right.walked || Set(left.walked) == Set(right.walked)
    }
}

/// A member as the records say (`ConsumerGroupMemberMetadataValue` and `ConsumerGroupCurrentMemberAssignmentValue`).
struct ConsumerMember: Equatable {
    typealias ClassicMetadata = ConsumerGroupMemberMetadataValue.ClassicMemberMetadata

    /// The epoch with which a member leaves.
    static let leaveEpoch: Int32 = -1
    /// The epoch with which a static member leaves for a while.
    static let leaveStaticEpoch: Int32 = -2

    var memberId: String
    var instanceId: String?
    var rackId: String?
    var clientId = ""
    var clientHost = ""
    var topicNames = TopicNames()
    var topicRegex: String? = ""
    var rebalanceTimeoutMs: Int32 = -1
    var serverAssignor: String?
    /// Set for members that speak the classic protocol.
    var classic: ClassicMetadata?

    var memberEpoch: Int32 = 0
    var previousMemberEpoch: Int32 = 0
    var state = ConsumerMemberState.stable
    var assigned = PartitionEpochs()
    /// What it was told to give up.
    var revoking = PartitionEpochs()

    init(memberId: String) {
        self.memberId = memberId
    }

    var usesClassicProtocol: Bool { classic != nil }
    /// The regular expression it is subscribed by, if by one.
    var regex: String? { topicRegex.flatMap { $0.isEmpty ? nil : $0 } }

    mutating func advance(to epoch: Int32) {
        previousMemberEpoch = memberEpoch
        memberEpoch = epoch
    }

    /// It has come to the target of this epoch and has nothing left to do.
    func isReconciled(to epoch: Int32) -> Bool {
        state == .stable && memberEpoch == epoch
    }

    /// The epoch at which it got a partition that it has or is giving up.
    func assignmentEpoch(of topic: Uuid, _ partition: Int32) -> Int32? {
        assigned.topics[topic]?[partition] ?? revoking.topics[topic]?[partition]
    }
}

extension ConsumerMember {
    mutating func update(_ value: ConsumerGroupMemberMetadataValue) {
        instanceId = value.instanceId
        rackId = value.rackId
        clientId = value.clientId
        clientHost = value.clientHost
        topicNames = TopicNames(value.subscribedTopicNames)
        topicRegex = value.subscribedTopicRegex
        rebalanceTimeoutMs = value.rebalanceTimeoutMs
        serverAssignor = value.serverAssignor
        classic = value.classicMemberMetadata
    }

    mutating func update(_ value: ConsumerGroupCurrentMemberAssignmentValue) {
        memberEpoch = value.memberEpoch
        previousMemberEpoch = value.previousMemberEpoch
        state = ConsumerMemberState(recorded: value.state)
        assigned = PartitionEpochs(value.assignedPartitions, memberEpoch: value.memberEpoch)
        revoking = PartitionEpochs(value.partitionsPendingRevocation, memberEpoch: value.memberEpoch)
    }
}
