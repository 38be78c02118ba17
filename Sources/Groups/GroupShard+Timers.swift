// Timers that have run out, and what a shard does once it is loaded.

import KafkaMessages
import KafkaWire

extension GroupShard {
    /// A timer of the shard has run out.
    public func timerFired(_ timer: GroupTimer, nowMs: Int64) -> GroupActions {
        var actions = GroupActions()
        switch timer {
        case .classicSession(let groupId, let memberId):
            guard case .classic(let group) = groups[groupId] else { return actions }
            sessionTimerFired(group, memberId: memberId, nowMs: nowMs, &actions)
        case .classicJoin(let groupId):
            guard case .classic(let group) = groups[groupId] else { return actions }
            joinTimerFired(group, nowMs: nowMs, &actions)
        case .classicSync(let groupId):
            guard case .classic(let group) = groups[groupId] else { return actions }
            syncTimerFired(group, nowMs: nowMs, &actions)
        case .consumerSession, .consumerRebalance, .consumerJoin, .consumerSync, .consumerAssignment,
            .consumerRegexRefresh:
            return consumerTimerFired(timer, nowMs: nowMs)
        case .offsetExpiry:
            return expireOffsets(nowMs: nowMs)
        }
        return actions
    }

    /// Every record of the partition has been applied. Members have their session timeout to be heard of again.
    public func loaded(nowMs: Int64) -> GroupActions {
        isLoaded = true
        var actions = GroupActions()
        for case .classic(let group) in groups.values {
            for member in group.members.values { startSession(of: member, group, &actions) }
            if group.members.count > config.classicMaxSize { prepareRebalance(group, nowMs: nowMs, &actions) }
        }
        actions.add(consumerGroupsLoaded(nowMs: nowMs))
        // Nobody could commit meanwhile: the offsets are those of the topics that went, even where there are such
        // again.
        let tombstones = removals(ofTopics: deletedWhileLoading.sorted())
        deletedWhileLoading = []
        // The timers above are set whether the log takes these or not.
        var afterwards = GroupActions()
        afterwards.afterWriting = { [self] _ in inBatches(tombstones[...]) }
        actions.add(afterwards)
        actions.setTimer(.offsetExpiry, afterMs: config.offsetsRetentionCheckIntervalMs)
        return actions
    }

    /// The topics are others now; the offsets of those that are gone are removed, as soon as the shard is loaded.
    public func topicsChanged(
        to view: any TopicsView, deleted: [String], nowMs: Int64
    ) -> GroupActions {
        topics = view
        var actions = GroupActions()
        if isLoaded {
            actions = inBatches(removals(ofTopics: deleted)[...])
        } else {
            deletedWhileLoading.formUnion(deleted)
        }
        actions.add(consumerTopicsChanged(nowMs: nowMs))
        return actions
    }

    /// The records that remove the offsets of topics.
    private func removals(ofTopics topics: [String]) -> [GroupRecord] {
        topics.flatMap { topic in
            Set(offsets.partitions(topic: topic)).union(offsets.pending.partitions(topic: topic)).map {
                .offsetTombstone(group: $0.group, topic: $0.topic, partition: $0.partition)
            }
        }
    }
}
