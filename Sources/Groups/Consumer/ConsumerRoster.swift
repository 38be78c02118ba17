// The members of a consumer group in the order in which they are handed to an assignor.

import KafkaWire

/// What a target assignment asks of every member, kept in order: a group of a thousand members that come one after
/// another is gone through a thousand times, and is not to be sorted, hashed and copied as often.
struct ConsumerRoster {
    struct Entry {
        let topicNames: TopicNames
        let regex: String?
        fileprivate(set) var spec: MemberSpec
        /// The state of the topics in which the names were looked up; nil when they are yet to be.
        fileprivate(set) var topicsVersion: Int64?

        /// A member whose topics are yet to be looked up.
        fileprivate init(_ member: ConsumerMember, target: Assignment?) {
            topicNames = member.topicNames
            regex = member.regex
            spec = MemberSpec(
                memberId: member.memberId, javaHash: member.memberId.javaHash, instanceId: member.instanceId,
                rackId: member.rackId, subscribedTopicIds: [], subscriptionCount: nil,
                assignment: target ?? Assignment(), target: target)
        }
    }

    /// By member id.
    private(set) var entries: [Entry] = []

    /// Where a member is, or would be.
    func place(of memberId: String) -> (index: Int, isThere: Bool) {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].spec.memberId < memberId { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].spec.memberId == memberId)
    }

    mutating func put(_ member: ConsumerMember, target: Assignment?) {
        let (index, isThere) = place(of: member.memberId)
        if isThere {
            guard !entries[index].isOf(member) else { return }
            entries[index] = Entry(member, target: target)
        } else {
            entries.insert(Entry(member, target: target), at: index)
        }
    }

    mutating func remove(_ memberId: String) {
        let (index, isThere) = place(of: memberId)
        if isThere { entries.remove(at: index) }
    }

    mutating func setTarget(_ target: Assignment?, of memberId: String) {
        let (index, isThere) = place(of: memberId)
        if isThere { entries[index].spec = entries[index].spec.meant(for: target) }
    }

    /// What regular expressions match is not what it was.
    mutating func forgetMatches() {
        for index in entries.indices where entries[index].regex != nil { entries[index].topicsVersion = nil }
    }

    /// Looks the topics up of those members for whom that was not done in this state of the topics.
    mutating func lookUp(
        topicsVersion: Int64, _ lookUp: (TopicNames, _ regex: String?) -> (ids: [Uuid], count: Int)
    ) {
        for index in entries.indices where entries[index].topicsVersion != topicsVersion {
            let (ids, count) = lookUp(entries[index].topicNames, entries[index].regex)
            entries[index].spec = entries[index].spec.subscribed(to: ids, count: count)
            entries[index].topicsVersion = topicsVersion
        }
    }
}

extension ConsumerRoster.Entry {
    /// Whether it says of the member what the member says of itself: most changes of a member are of what it has.
    fileprivate func isOf(_ member: ConsumerMember) -> Bool {
        spec.instanceId == member.instanceId && spec.rackId == member.rackId && regex == member.regex
            && topicNames.walked == member.topicNames.walked
    }
}
