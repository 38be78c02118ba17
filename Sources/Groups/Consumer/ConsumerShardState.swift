// What a shard knows about topics for its consumer groups, beside the topics themselves.

import KafkaWire

/// The hashes of topics, and how often the topics have changed.
struct ConsumerShardState {
    /// Rises whenever the topics have changed.
    var topicsVersion: Int64 = 0
    /// The hashes of topics that groups are subscribed to, as long as the topics are as they are.
    var topicHashes: [String: Int64] = [:]
}

extension GroupShard {
    /// The hash of the topics that are subscribed to and exist.
    func metadataHash(of subscriptions: [String: SubscriptionCount]) -> Int64 {
        var hashes: [(name: String, hash: Int64)] = []
        for name in subscriptions.keys {
            if let hash = topicHash(name) { hashes.append((name, hash)) }
        }
        return MetadataHash.group(hashes)
    }

    private func topicHash(_ name: String) -> Int64? {
        if let known = consumerState.topicHashes[name] { return known }
        guard let topic = topics.topic(named: name) else { return nil }
        let hash = MetadataHash.topic(topic) { topics.racks(ofTopic: topic.id, partition: $0) }
        consumerState.topicHashes[name] = hash
        return hash
    }

    /// `topics` is another view now: groups look at their topics again at their members' next heartbeats.
    func consumerTopicsChanged(nowMs: Int64) -> GroupActions {
        consumerState.topicsVersion += 1
        consumerState.topicHashes = [:]
        return GroupActions()
    }

    // MARK: Settings of groups

    func consumerSessionTimeoutMs(_ groupId: String) -> Int64 {
        setting(
            "consumer.session.timeout.ms", of: groupId, default: config.consumerSessionTimeoutMs,
            within: config.consumerMinSessionTimeoutMs, config.consumerMaxSessionTimeoutMs)
    }

    func consumerHeartbeatIntervalMs(_ groupId: String) -> Int32 {
        Int32(
            clamping: setting(
                "consumer.heartbeat.interval.ms", of: groupId, default: config.consumerHeartbeatIntervalMs,
                within: config.consumerMinHeartbeatIntervalMs, config.consumerMaxHeartbeatIntervalMs))
    }

    func consumerAssignmentIntervalMs(_ groupId: String) -> Int64 {
        setting(
            "consumer.assignment.interval.ms", of: groupId, default: config.consumerAssignmentIntervalMs,
            within: config.consumerMinAssignmentIntervalMs, config.consumerMaxAssignmentIntervalMs)
    }

    /// A group's own value, else the broker's, brought within the broker's bounds: either may have been set before the
    /// bounds were what they are.
    private func setting(
        _ name: String, of groupId: String, default value: Int32, within low: Int32, _ high: Int32
    ) -> Int64 {
        let own = topics.groupSetting(name, of: groupId).flatMap { Int32($0) } ?? value
        return Int64(max(low, min(own, high)))
    }
}
