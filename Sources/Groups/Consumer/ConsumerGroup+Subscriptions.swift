// What the members of a consumer group are subscribed to, as it would be after a change.

import KafkaWire

extension ConsumerGroup {
    /// The subscriptions once `old` has become `new`.
    func subscriptions(changing old: ConsumerMember, to new: ConsumerMember) -> [String: SubscriptionCount] {
        var counts = subscriptions
        for name in old.topicNames.walked { Self.add(&counts, name, byName: -1) }
        for name in new.topicNames.walked { Self.add(&counts, name, byName: 1) }
        // The last one to be subscribed by a regular expression takes it away.
        if let regex = old.regex, regex != new.regex, regexCounts[regex] == 1 {
            for topic in resolvedRegexes[regex]?.topics ?? [] { Self.add(&counts, topic, byRegex: -1) }
        }
        return counts
    }

    /// The subscriptions without some members, and without the regular expressions that go with them.
    func subscriptions(without gone: [ConsumerMember], regexes: Set<String>) -> [String: SubscriptionCount] {
        var counts = subscriptions
        for member in gone {
            for name in member.topicNames.walked { Self.add(&counts, name, byName: -1) }
        }
        for regex in regexes {
            for topic in resolvedRegexes[regex]?.topics ?? [] { Self.add(&counts, topic, byRegex: -1) }
        }
        return counts
    }

    static func add(
        _ counts: inout [String: SubscriptionCount], _ topic: String, byName: Int = 0, byRegex: Int = 0
    ) {
        var count = counts[topic] ?? SubscriptionCount()
        count.byName += byName
        count.byRegex += byRegex
        counts[topic] = count.isNone ? nil : count
    }

    func regexCounts(changing old: ConsumerMember, to new: ConsumerMember) -> [String: Int] {
        var counts = regexCounts
        if let regex = old.regex { Self.count(&counts, regex, by: -1) }
        if let regex = new.regex { Self.count(&counts, regex, by: 1) }
        return counts
    }

    /// Whether all are subscribed to the same topics once `old` has become `new`. That counts even while the regular
    /// expression of `new` matches nothing yet: by what the group knew before it, a member would be given partitions
    /// that it is not subscribed to, and nobody would read them.
    func subscriptionType(changing old: ConsumerMember, to new: ConsumerMember) -> SubscriptionType {
        let isNew = members[new.memberId] == nil && staticMember(new.instanceId) == nil
        return Self.subscriptionType(
            subscriptions(changing: old, to: new), regexes: regexCounts(changing: old, to: new),
            memberCount: members.count + (isNew ? 1 : 0))
    }

    /// Whether all members are subscribed to the same topics. With regular expressions only one that all share
    /// counts as the same, as what two of them match may differ.
    private static func subscriptionType(
        _ subscriptions: [String: SubscriptionCount], regexes: [String: Int], memberCount: Int
    ) -> SubscriptionType {
        if regexes.isEmpty {
            return subscriptions.values.allSatisfy { $0.byName == memberCount } ? .homogeneous : .heterogeneous
        }
        guard regexes.count == 1, regexes.values.first == memberCount else { return .heterogeneous }
        return subscriptions.values.allSatisfy { $0.byName == 0 && $0.byRegex == 1 } ? .homogeneous : .heterogeneous
    }

    /// The assignor that most members ask for once `old` has become `new`; nil when nobody asks for one.
    func preferredAssignor(changing old: ConsumerMember? = nil, to new: ConsumerMember? = nil) -> String? {
        var counts = assignorCounts
        if let name = old?.serverAssignor { Self.count(&counts, name, by: -1) }
        if let name = new?.serverAssignor { Self.count(&counts, name, by: 1) }
        // Among equals Kafka takes the first in the order of its map.
        let walked = JavaOrder().grown(to: counts.count).walk(counts.keys.sorted())
        var best: (name: String, count: Int)?
        for name in walked {
            let count = counts[name] ?? 0
            if count > best?.count ?? 0 { best = (name, count) }
        }
        return best?.name
    }

    /// The topics a member is subscribed to, by name and by its regular expression, in the order of Kafka's sets. One
    /// that has not been resolved yet matches nothing.
    func subscribedTopics(of member: ConsumerMember) -> [String] {
        subscribedTopics(names: member.topicNames, regex: member.regex)
    }

    func subscribedTopics(names: TopicNames, regex: String?) -> [String] {
        let names = names.walked
        guard let regex, let resolved = resolvedRegexes[regex], !resolved.topics.isEmpty else {
            return names
        }
        let matched = JavaOrder(copyOf: resolved.topics.count).walk(resolved.topics.sorted { $0.precedesInJava($1) })
        if names.isEmpty { return matched }
        let (large, small) = names.count > matched.count ? (names, matched) : (matched, names)
        let known = Set(large)
        return large + small.filter { !known.contains($0) }
    }
}
