// A group of the consumer protocol (KIP-848): the server computes the assignment, members reconcile one by one.

import KafkaMessages
import KafkaWire

/// How many members are subscribed to a topic by its name, and how many regular expressions match it.
struct SubscriptionCount: Equatable {
    var byName = 0
    var byRegex = 0

    var isNone: Bool { byName <= 0 && byRegex <= 0 }
}

/// The topics that a regular expression matched, and when it was looked at.
struct ResolvedRegex: Equatable {
    var topics: Set<String>
    /// The state of the cluster's metadata that was looked at.
    var version: Int64
    var timestampMs: Int64
}

/// What the records say about a consumer group, and what is only in memory.
///
/// A member's way: the group's epoch rises when members or topics change; the target assignment follows it, at most
/// once an interval; each member reconciles to the target by its heartbeats, giving up first and getting then, and so
/// comes to the target's epoch.
final class ConsumerGroup: CoordinatedGroup {
    let groupId: String

    // What is in records. Kafka starts at epoch 1, so that a member that waits for its first assignment has an epoch.
    var groupEpoch: Int32 = 1
    var metadataHash: Int64 = 0
    /// The epoch that the target assignment was computed for; -1 when it was removed.
    var assignmentEpoch: Int32 = 1
    var assignmentTimestampMs: Int64 = 0
    /// Kafka before 4.1 wrote the subscribed topics' metadata; the record is removed when the group changes.
    var hasSubscriptionMetadataRecord = false
    private(set) var members: [String: ConsumerMember] = [:]
    private(set) var targets: [String: Assignment] = [:]
    private(set) var resolvedRegexes: [String: ResolvedRegex] = [:]

    // What follows from it.
    /// The members and their targets, as an assignor wants them.
    private(set) var roster = ConsumerRoster()
    /// Member ids by instance id.
    private(set) var staticMembers: [String: String] = [:]
    private(set) var assignorCounts: [String: Int] = [:]
    private(set) var subscriptions: [String: SubscriptionCount] = [:]
    /// How many members are subscribed by each regular expression.
    private(set) var regexCounts: [String: Int] = [:]
    private(set) var classicMemberCount = 0
    /// How many classic members know each protocol.
    private(set) var classicProtocolCounts: [String: Int] = [:]
    /// The owner's epoch of every partition that somebody has or is giving up.
    private(set) var owners: [Uuid: [Int32: Int32]] = [:]

    // What is only in memory.
    /// When the metadata is looked at anew at the latest, and the epoch that the group had when that was decided.
    var metadataRefresh: (deadlineMs: Int64, epoch: Int32) = (0, 0)
    /// The shard's count of topic changes when the metadata was last looked at.
    var metadataSeen: Int64 = -1
    /// The same, when regular expressions were last resolved; nil when they were not since the start.
    var regexesResolvedAt: Int64?
    /// Classic members that were told to join again, until they do.
    var awaitedJoins: Set<String> = []
    /// The epochs that members had when their rebalance timers were last set.
    var rebalanceEpochs: [String: Int32] = [:]

    init(groupId: String) {
        self.groupId = groupId
    }

    // MARK: Members

    /// Puts a member, new or changed.
    func put(_ member: ConsumerMember) {
        let old = members.updateValue(member, forKey: member.memberId)
        count(old, by: -1)
        count(member, by: 1)
        roster.put(member, target: targets[member.memberId])
        if let old {
            release(old)
            // One instance id at a time, or a member that changes it again and again holds all that it ever had.
            if old.instanceId != member.instanceId { forgetInstance(of: old) }
        }
        own(member)
        if let instance = member.instanceId { staticMembers[instance] = member.memberId }
    }

    func remove(_ memberId: String) {
        guard let old = members.removeValue(forKey: memberId) else { return }
        count(old, by: -1)
        roster.remove(memberId)
        rebalanceEpochs[memberId] = nil
        release(old)
        forgetInstance(of: old)
    }

    /// The member's instance id is free, unless another member has it by now.
    private func forgetInstance(of member: ConsumerMember) {
        guard let instance = member.instanceId, staticMembers[instance] == member.memberId else { return }
        staticMembers[instance] = nil
    }

    func staticMember(_ instanceId: String?) -> ConsumerMember? {
        instanceId.flatMap { staticMembers[$0] }.flatMap { members[$0] }
    }

    private func count(_ member: ConsumerMember?, by delta: Int) {
        guard let member else { return }
        for name in member.topicNames.walked {
            change(&subscriptions, name) { $0.byName += delta }
        }
        if let assignor = member.serverAssignor { Self.count(&assignorCounts, assignor, by: delta) }
        if let regex = member.regex { Self.count(&regexCounts, regex, by: delta) }
        guard let classic = member.classic else { return }
        classicMemberCount += delta
        for known in classic.supportedProtocols { Self.count(&classicProtocolCounts, known.name, by: delta) }
    }

    static func count(_ counts: inout [String: Int], _ key: String, by delta: Int) {
        let count = counts[key, default: 0] + delta
        counts[key] = count > 0 ? count : nil
    }

    private func change(
        _ counts: inout [String: SubscriptionCount], _ topic: String, _ body: (inout SubscriptionCount) -> Void
    ) {
        var count = counts[topic] ?? SubscriptionCount()
        body(&count)
        counts[topic] = count.isNone ? nil : count
    }

    /// The partitions of a member are nobody's now. One that got a newer owner meanwhile stays with that.
    private func release(_ member: ConsumerMember) {
        for partitions in [member.assigned, member.revoking] {
            for (topic, epochs) in partitions.topics {
                for partition in epochs.keys where owners[topic]?[partition] == member.memberEpoch {
                    owners[topic]?[partition] = nil
                }
                if owners[topic]?.isEmpty ?? false { owners[topic] = nil }
            }
        }
    }

    private func own(_ member: ConsumerMember) {
        for partitions in [member.assigned, member.revoking] {
            for (topic, epochs) in partitions.topics {
                for partition in epochs.keys {
                    let known = owners[topic]?[partition] ?? .min
                    owners[topic, default: [:]][partition] = max(known, member.memberEpoch)
                }
            }
        }
    }

    func isOwned(_ topic: Uuid, _ partition: Int32) -> Bool { owners[topic]?[partition] != nil }

    // MARK: Targets

    func setTarget(_ assignment: Assignment?, of memberId: String) {
        targets[memberId] = assignment
        roster.setTarget(assignment, of: memberId)
    }

    /// What a member is meant to have; a static one has what its predecessor was meant to have.
    func target(of memberId: String, instanceId: String?) -> Assignment {
        let holder = instanceId.map { staticMembers[$0] } ?? memberId
        return holder.flatMap { targets[$0] } ?? Assignment()
    }

    /// The members as an assignor wants them, by member id. Topics are looked up where they may have changed.
    func memberSpecs(
        topicsVersion: Int64, _ lookUp: (TopicNames, _ regex: String?) -> (ids: [Uuid], count: Int)
    ) -> [MemberSpec] {
        roster.lookUp(topicsVersion: topicsVersion, lookUp)
        return roster.entries.map(\.spec)
    }

    // MARK: Regular expressions

    func setResolved(_ resolved: ResolvedRegex?, of regex: String) {
        for topic in resolvedRegexes[regex]?.topics ?? [] { change(&subscriptions, topic) { $0.byRegex -= 1 } }
        resolvedRegexes[regex] = resolved
        roster.forgetMatches()
        for topic in resolved?.topics ?? [] { change(&subscriptions, topic) { $0.byRegex += 1 } }
    }

    var lastResolvedMs: Int64 {
        resolvedRegexes.values.reduce(Int64.min / 2) { max($0, $1.timestampMs) }
    }
}
