// What must hold between the keys of groups: a setting lies between its least and its greatest value.

extension BrokerConfiguration {
    /// Two keys, and what must hold between their values.
    private struct Relation {
        enum Kind: String {
            case atLeast = "greater than or equal to"
            case atMost = "less than or equal to"
            case below = "less than"
        }

        let left: String
        let kind: Kind
        let right: String

        init(_ left: String, _ kind: Kind, _ right: String) {
            self.left = left
            self.kind = kind
            self.right = right
        }
    }

    /// In the order in which Kafka checks them, so that the first that fails is the one that Kafka names.
    private static let groupRelations: [Relation] =
        ["consumer", "share", "streams"].flatMap { kind in
            ["heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"].flatMap { name in
                let key = "group.\(kind)."
                return [
                    Relation("\(key)max.\(name)", .atLeast, "\(key)min.\(name)"),
                    Relation("\(key)\(name)", .atLeast, "\(key)min.\(name)"),
                    Relation("\(key)\(name)", .atMost, "\(key)max.\(name)"),
                ]
            } + [Relation("group.\(kind).heartbeat.interval.ms", .below, "group.\(kind).session.timeout.ms")]
        }
        + ["delivery.count.limit", "record.lock.duration.ms", "partition.max.record.locks"].flatMap { name in
            let key = "group.share."
            return [
                Relation("\(key)\(name)", .atLeast, "\(key)min.\(name)"),
                Relation("\(key)max.\(name)", .atLeast, "\(key)\(name)"),
            ]
        } + [
            Relation("group.share.max.share.sessions", .atLeast, "group.share.max.size"),
            Relation("group.streams.num.standby.replicas", .atMost, "group.streams.max.standby.replicas"),
        ]

    /// Whether any key was set that a relation could name; most brokers start without one, and without the list.
    private var hasRelatedGroupKeys: Bool {
        givenKeys.contains { key in
            key.hasPrefix("group.consumer.") || key.hasPrefix("group.share.") || key.hasPrefix("group.streams.")
        }
    }

    func groupProblems() -> [String] {
        var problems: [String] = []
        if !groupRebalanceProtocols.contains("classic") {
            problems.append("Disabling the 'classic' protocol is not supported.")
        }
        // The defaults agree with each other: only what was set can break a relation.
        let given = hasRelatedGroupKeys ? Self.groupRelations : []
        for relation in given where isGiven(relation.left) || isGiven(relation.right) {
            let (left, right) = (int(relation.left), int(relation.right))
            let holds =
                switch relation.kind {
                case .atLeast: left >= right
                case .atMost: left <= right
                case .below: left < right
                }
            if !holds { problems.append("\(relation.left) must be \(relation.kind.rawValue) \(relation.right)") }
        }
        // Kafka loads other assignors as Java classes, by their names.
        let served = [("group.consumer.assignors", ["uniform", "range"]), ("group.share.assignors", ["simple"])]
        for (key, names) in served where isGiven(key) {
            for name in list(key) where !names.contains(name) {
                problems.append("Class \(name) cannot be found; \(key) may name \(names.joined(separator: ", "))")
            }
        }
        return problems
    }
}
