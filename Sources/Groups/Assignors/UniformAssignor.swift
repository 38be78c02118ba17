// The `uniform` assignor: as even as it can be, and then as few partitions moved as can be.

/// Kafka's server-side `UniformAssignor`, the default one. Racks are told to it and not looked at, as in Kafka 4.3.
public struct UniformAssignor: ServerAssignor {
    public init() {}

    public var name: String { "uniform" }

    public func assign(_ spec: GroupSpec) throws(AssignorError) -> [Assignment] {
        guard !spec.members.isEmpty else { return [] }
        switch spec.subscriptionType {
        case .homogeneous:
            return try UniformHomogeneousAssignment(spec).compute()
        case .heterogeneous:
            var assignment = try UniformHeterogeneousAssignment(spec)
            return assignment.compute()
        }
    }
}
