// The members of a consumer group in the order in which they are handed to an assignor.

/// What a target assignment asks of every member, kept in order: a group of a thousand members that come one after
/// another is gone through a thousand times, and is not to be sorted, hashed and copied as often.
struct ConsumerRoster {
    struct Entry {
        let memberId: String
        /// Java's hash of the id.
        let javaHash: Int32
        var instanceId: String?
        var rackId: String?
        var topicNames: TopicNames
        var regex: String?
        /// What the records say the member is meant to have; nil when they say nothing.
        var target: Assignment?

        init(_ member: ConsumerMember, target: Assignment?) {
            memberId = member.memberId
            javaHash = member.memberId.javaHash
            instanceId = member.instanceId
            rackId = member.rackId
            topicNames = member.topicNames
            regex = member.regex
            self.target = target
        }
    }

    /// By member id.
    private(set) var entries: [Entry] = []

    /// Where a member is, or would be.
    func place(of memberId: String) -> (index: Int, isThere: Bool) {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].memberId < memberId { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].memberId == memberId)
    }

    mutating func put(_ member: ConsumerMember, target: Assignment?) {
        let (index, isThere) = place(of: member.memberId)
        if isThere {
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
        if isThere { entries[index].target = target }
    }
}
