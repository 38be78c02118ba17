// How far a member of a consumer group has come on its way to what it is meant to have (KIP-848).

/// The states by the numbers that `ConsumerGroupCurrentMemberAssignmentValue` gives them.
enum ConsumerMemberState: Int8, Sendable {
    /// It has what its epoch says.
    case stable = 0
    /// It was told to give partitions up and has not said yet that it did.
    case unrevokedPartitions = 1
    /// It waits for partitions that others still have.
    case unreleasedPartitions = 2
    /// Written by a later version, which knows more states.
    case unknown = 127

    init(recorded: Int8) {
        self = ConsumerMemberState(rawValue: recorded) ?? .unknown
    }
}
