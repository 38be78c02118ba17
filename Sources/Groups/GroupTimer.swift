// What a group waits for. The shell keeps the clock; a shard names its timers and is told when one has run out.

/// The name of a timer of a shard.
public enum GroupTimer: Hashable, Sendable {
    // Classic groups
    /// A member that has not been heard of, or was given its id and has not joined with it.
    case classicSession(groupId: String, memberId: String)
    /// The end of a rebalance's join phase, or of the delay before a new group's first one.
    case classicJoin(groupId: String)
    /// Members that have joined and not asked for their assignment.
    case classicSync(groupId: String)

    // Consumer groups
    case consumerSession(groupId: String, memberId: String)
    /// A member that has been told to give partitions up.
    case consumerRebalance(groupId: String, memberId: String)
    /// Members of the classic protocol in a consumer group: joining, and asking for the assignment.
    case consumerJoin(groupId: String, memberId: String)
    case consumerSync(groupId: String, memberId: String)
    /// The next time that a group's target assignment may be computed.
    case consumerAssignment(groupId: String)
    /// The regular expressions of a group are looked at again.
    case consumerRegexRefresh(groupId: String)

    // The shard
    /// Committed offsets that have lain for too long.
    case offsetExpiry
}

/// What is to be done with a timer.
public enum GroupTimerChange: Sendable, Equatable {
    /// Starts the timer, or starts it again.
    case set(GroupTimer, afterMs: Int64)
    /// Stops the timer; nothing happens when it does not run.
    case cancel(GroupTimer)
}
