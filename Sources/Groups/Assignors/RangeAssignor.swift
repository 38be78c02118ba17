// The `range` assignor: each topic's partitions in as many ranges as it has subscribers, in the members' order.

import KafkaWire

/// Kafka's server-side `RangeAssignor`. Members with an instance id come first and in its order, so that they keep
/// their ranges whatever member ids they come back with; topics with equally many partitions are co-partitioned.
public struct RangeAssignor: ServerAssignor {
    public init() {}

    public var name: String { "range" }

    /// A topic's partitions, of which members take one range after the other.
    private struct Ranges {
        let partitionCount: Int
        var subscriberCount = 0
        /// How many members have taken theirs.
        var taken = 0
        var next = 0

        /// The next member's range: the first ones are longer by one when the partitions cannot be shared out evenly.
        mutating func take() -> Range<Int> {
            let isLonger = taken < partitionCount % subscriberCount
            let end = min(next + partitionCount / subscriberCount + (isLonger ? 1 : 0), partitionCount)
            defer {
                next = end
                taken += 1
            }
            return next..<end
        }
    }

    public func assign(_ spec: GroupSpec) throws(AssignorError) -> [Assignment] {
        guard !spec.members.isEmpty else { return [] }
        let members = sortedMembers(spec)
        var ranges: [Uuid: Ranges] = [:]
        for index in members {
            for topicId in spec.members[index].subscribedTopicIds {
                guard let partitionCount = spec.partitionCounts[topicId] else {
                    throw AssignorError(text: "Member is subscribed to a non-existent topic")
                }
                ranges[topicId, default: Ranges(partitionCount: partitionCount)].subscriberCount += 1
            }
        }
        var assignments = [Assignment](repeating: Assignment(), count: spec.members.count)
        for index in members {
            let topicIds = spec.members[index].subscribedTopicIds
            var topics: [TopicPartitions] = []
            for topicId in topicIds {
                guard let range = ranges[topicId]?.take(), !range.isEmpty else { continue }
                topics.append(TopicPartitions(topicId: topicId, partitions: range.map { Int32($0) }))
            }
            let table = JavaOrder(capacity: Int(Float(topicIds.count) / 0.75 + 1))
            assignments[index] = Assignment(table.walk(topics) { $0.topicId })
        }
        return assignments
    }

    private func sortedMembers(_ spec: GroupSpec) -> [Int] {
        spec.walkedMembers.sorted { left, right in
            switch (spec.members[left].instanceId, spec.members[right].instanceId) {
            case (let left?, let right?): left.precedesInJava(right)
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): spec.members[left].memberId.precedesInJava(spec.members[right].memberId)
            }
        }
    }
}
