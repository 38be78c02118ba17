// What happens to consumer groups without a request: timers, the end of loading, changes of topics.

extension GroupShard {
    /// A timer of a consumer group has run out.
    func consumerTimerFired(_ timer: GroupTimer, nowMs: Int64) -> GroupActions { GroupActions() }

    /// Every record of the partition has been applied.
    func consumerGroupsLoaded(nowMs: Int64) -> GroupActions { GroupActions() }

    /// `topics` is another view now.
    func consumerTopicsChanged(nowMs: Int64) -> GroupActions { GroupActions() }
}
