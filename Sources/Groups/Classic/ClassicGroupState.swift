// The states of a classic group.
//
//   Empty ──▶ PreparingRebalance ──▶ CompletingRebalance ──▶ Stable
//     ▲               │  ▲                   │                 │
//     └───────────────┘  └───────────────────┴─────────────────┘

/// A classic group's state, by the name that the protocol gives it.
enum ClassicGroupState: String {
    /// No members; there may be offsets.
    case empty = "Empty"
    /// Members are joining.
    case preparingRebalance = "PreparingRebalance"
    /// Members have joined, and wait for the leader's assignment.
    case completingRebalance = "CompletingRebalance"
    /// Members have their assignment.
    case stable = "Stable"
}
