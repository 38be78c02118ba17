// What the members of a group of Kafka's consumers are subscribed to, read from what they said when they joined.

import Bytes
import KafkaMessages
import KafkaWire

extension ClassicGroup {
    /// Reads the members' subscriptions anew. The topics are unknown (nil) when a member's cannot be read.
    func readSubscriptions() {
        guard protocolType == Self.consumerProtocolType else {
            subscribedTopics = nil
            return
        }
        guard !members.isEmpty else {
            subscribedTopics = []
            return
        }
        guard let protocolName else {
            subscribedTopics = nil
            return
        }
        var topics: Set<String> = []
        for member in members.values {
            guard let subscribed = Self.topics(inSubscription: member.metadata(of: protocolName)) else {
                subscribedTopics = nil
                return
            }
            topics.formUnion(subscribed)
        }
        subscribedTopics = topics
    }

    /// The topics of a `ConsumerProtocolSubscription`. Version 0 is how all versions begin.
    ///
    ///     version: int16 | topics: [string] | user data: bytes | …
    static func topics(inSubscription bytes: [UInt8]) -> [String]? {
        var reader = WireReader(ByteSlice(copying: bytes))
        guard (try? reader.readInt16()) != nil else { return nil }
        return (try? ConsumerProtocolSubscription(from: &reader, version: 0))?.topics
    }
}
