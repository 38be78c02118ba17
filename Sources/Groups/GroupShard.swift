// The state machine of one partition of `__consumer_offsets`: its groups and their committed offsets, without IO or
// clock.

import KafkaMessages
import KafkaWire

/// The groups whose ids fall on one partition of `__consumer_offsets`.
///
/// Entry points take a request, who sent it and the time, and give `GroupActions`. What records say is changed by
/// `apply` alone, which is also what loads the partition at start. What is in no record (who waits, who was heard of)
/// is changed by the entry points. A shard belongs to one thread.
public final class GroupShard {
    /// The settings in force; they may be changed at any time.
    public var config: GroupCoordinatorConfig
    /// The topics and group settings as last known; see `topicsChanged`.
    public internal(set) var topics: any TopicsView
    /// Makes the random part of member ids.
    let randomId: () -> Uuid

    var groups: [String: Group] = [:]
    var offsets = OffsetStore()
    var consumerState = ConsumerShardState()
    /// Every record of the partition has been applied: what is applied from now on was just written by this shard.
    public internal(set) var isLoaded = false
    /// Topics that were deleted before this shard could write that their offsets are.
    var deletedWhileLoading: Set<String> = []

    /// An empty shard. `randomId` gives a new id at each call.
    public init(
        config: GroupCoordinatorConfig, topics: any TopicsView = NoTopics(),
        randomId: @escaping () -> Uuid = { Uuid.random() }
    ) {
        self.config = config
        self.topics = topics
        self.randomId = randomId
    }

    /// The number of groups, those that have offsets only not counted twice.
    public var groupCount: Int { groups.count }

    /// A member id as Kafka makes them: the client's id, a dash, a UUID in hexadecimal.
    func newMemberId(clientId: String) -> String {
        clientId + "-" + randomId().hexadecimalText
    }
}

extension Uuid {
    /// The form of Java's `UUID`: 8-4-4-4-12 hexadecimal digits.
    var hexadecimalText: String {
        var text = ""
        text.reserveCapacity(36)
        for (index, half) in [mostSignificantBits, leastSignificantBits].enumerated() {
            for nibble in 0..<16 {
                if (index == 0 && (nibble == 8 || nibble == 12)) || (index == 1 && (nibble == 0 || nibble == 4)) {
                    text.append("-")
                }
                text.append(Self.digits[Int((half >> UInt64(60 - nibble * 4)) & 0xF)])
            }
        }
        return text
    }

    private static let digits = Array("0123456789abcdef")
}
