// Subscriptions by regular expression: when they are resolved, and what comes of it.

import KafkaWire

/// What a heartbeat did to a group's regular expressions.
struct RegexUpdate {
    /// The member is subscribed by another one than before.
    var isChanged = false
    /// The new one has been resolved already, or there is none to resolve.
    var isResolved = false
    var mustResolve = false
    /// Those of the whole group: all are resolved at once, so that the group changes once.
    var toResolve: [String] = []
}

extension GroupShard {
    /// How long a group's regular expressions rest at least between two looks at the topics.
    private static let regexRestMs: Int64 = 10_000

    /// Notes which regular expression the member is subscribed by, and says whether the topics must be looked at.
    func updateRegexes(_ beat: inout ConsumerHeartbeat) throws(ConsumerGroupRefusal) -> RegexUpdate {
        let group = beat.group
        let (old, new) = (beat.member.regex, beat.updated.regex)
        var update = RegexUpdate()
        if beat.member.topicRegex != beat.updated.topicRegex {
            update.isChanged = true
            if let old, group.regexCounts[old] == 1 { beat.actions.records.append(beat.make.regex(old, nil)) }
            if let new {
                if group.regexCounts[new] == nil {
                    try refuseIfInvalid(new)
                    update.mustResolve = true
                } else {
                    update.isResolved = group.resolvedRegexes[new] != nil
                }
            } else {
                // What it matched is to be shared out among the others.
                update.isResolved = true
            }
        }
        guard update.mustResolve || !group.regexCounts.isEmpty else { return update }
        let mustResolve = update.mustResolve
        update.mustResolve = false
        let restsUntilMs = group.lastResolvedMs &+ Self.regexRestMs
        guard beat.nowMs > restsUntilMs else { return update }
        let counts = group.regexCounts(changing: beat.member, to: beat.updated)
        update.toResolve = counts.keys.sorted()
        update.mustResolve =
            !counts.isEmpty
            && (mustResolve || counts.count != group.resolvedRegexes.count
                || group.regexesResolvedAt != consumerState.topicsVersion
                || beat.nowMs > group.lastResolvedMs &+ Int64(config.consumerRegexRefreshIntervalMs))
        return update
    }

    private func refuseIfInvalid(_ regex: String) throws(ConsumerGroupRefusal) {
        do {
            _ = try TopicRegex(regex)
        } catch {
            throw ConsumerGroupRefusal(
                .invalidRegularExpression,
                "SubscribedTopicRegex `\(regex)` is not a valid regular expression: \(error.description).")
        }
    }

    /// Resolves regular expressions once the heartbeat is in the log: its answer does not wait for it.
    func resolveRegexesAfterwards(
        _ group: ConsumerGroup, _ regexes: [String], nowMs: Int64, _ actions: inout GroupActions
    ) {
        let groupId = group.groupId
        var resolution = GroupActions()
        resolution.afterWriting = { [self] error in
            error == .none ? resolve(regexes, of: groupId, nowMs: nowMs) : GroupActions()
        }
        actions.add(resolution)
    }

    private func resolve(_ regexes: [String], of groupId: String, nowMs: Int64) -> GroupActions {
        var actions = GroupActions()
        guard case .consumer(let group) = groups[groupId] else { return actions }
        let make = ConsumerRecords(groupId: groupId)
        var subscriptions = group.subscriptions
        var isEpochDue = false
        for regex in regexes where group.regexCounts[regex] != nil {
            let matching = matchingTopics(regex)
            let isNew = group.resolvedRegexes[regex] == nil
            let known = group.resolvedRegexes[regex]?.topics ?? []
            if isNew, matching.isEmpty, isMeantToHaveMore(group, regex) { isEpochDue = true }
            if known != matching {
                isEpochDue = true
                for topic in known { ConsumerGroup.add(&subscriptions, topic, byRegex: -1) }
                for topic in matching { ConsumerGroup.add(&subscriptions, topic, byRegex: 1) }
            }
            let resolved = ResolvedRegex(topics: matching, version: topics.metadataVersion, timestampMs: nowMs)
            actions.records.append(make.regex(regex, resolved))
        }
        let hash = metadataHash(of: subscriptions)
        if isEpochDue || hash != group.metadataHash {
            let epoch = group.groupEpoch &+ 1
            actions.records.append(make.epoch(epoch, metadataHash: hash))
            group.metadataWasSeen(version: consumerState.topicsVersion, epoch: epoch, nowMs: nowMs)
        }
        group.regexesResolvedAt = consumerState.topicsVersion
        return actions
    }

    /// Whether a member that has come to a regular expression without a match is still meant to have what it was
    /// subscribed to before: nobody reads that until the target is computed again. Kafka leaves it so until the group
    /// changes for another reason.
    private func isMeantToHaveMore(_ group: ConsumerGroup, _ regex: String) -> Bool {
        guard group.assignmentEpoch == group.groupEpoch else { return false }
        return group.members.values.contains { member in
            guard member.regex == regex, let target = group.targets[member.memberId] else { return false }
            let ids = member.topicNames.walked.compactMap { topics.topic(named: $0)?.id }
            return target.topics.contains { !ids.contains($0.topicId) }
        }
    }

    private func matchingTopics(_ regex: String) -> Set<String> {
        guard let compiled = try? TopicRegex(regex) else { return [] }
        var matching: Set<String> = []
        for name in topics.topicNames where compiled.matches(name) { matching.insert(name) }
        return matching
    }
}
