// What classic consumers tell each other inside JoinGroup and SyncGroup: subscriptions and assignments.

import Bytes
import KafkaMessages
import KafkaWire

/// Reads and writes the embedded protocol of the protocol type `consumer`:
///
///     version: int16 | ConsumerProtocolSubscription or ConsumerProtocolAssignment of that version
///
/// A later version begins like the last one known here.
enum EmbeddedConsumerProtocol {
    static let protocolType = "consumer"
    private static let lastVersion: Int16 = 3

    /// Nil when the bytes are no subscription.
    static func subscription(_ bytes: [UInt8]) -> ConsumerProtocolSubscription? {
        var reader = WireReader(ByteSlice(copying: bytes))
        guard let version = try? reader.readInt16(), version >= 0 else { return nil }
        return try? ConsumerProtocolSubscription(from: &reader, version: min(version, lastVersion))
    }

    /// Why bytes are no assignment.
    enum Malformed: Error {
        /// They end within a number, or their version is below zero.
        case cutShort
        /// They have a length that is below zero, or more than there are bytes left.
        case wrongLength
    }

    static func assignment(_ bytes: [UInt8]) throws(Malformed) -> ConsumerProtocolAssignment {
        var reader = WireReader(ByteSlice(copying: bytes))
        guard let version = try? reader.readInt16(), version >= 0 else { throw .cutShort }
        let start = reader
        if let assignment = try? ConsumerProtocolAssignment(from: &reader, version: min(version, lastVersion)) {
            return assignment
        }
        throw fault(start)
    }

    /// What is wrong with an assignment, which is at every version:
    ///
    ///     [topic: string | [partition: int32]] | user data: nullable bytes
    private static func fault(_ assignment: WireReader) -> Malformed {
        var reader = assignment
        guard let topics = try? reader.readInt32() else { return .cutShort }
        guard 0...reader.remaining ~= Int(topics) else { return .wrongLength }
        for _ in 0..<topics {
            guard let length = try? reader.readInt16() else { return .cutShort }
            guard length >= 0, (try? reader.skip(Int(length))) != nil else { return .wrongLength }
            guard let partitions = try? reader.readInt32() else { return .cutShort }
            guard 0...reader.remaining ~= Int(partitions) else { return .wrongLength }
            guard (try? reader.skip(Int(partitions) * 4)) != nil else { return .cutShort }
        }
        return (try? reader.readInt32()) == nil ? .cutShort : .wrongLength
    }

    /// The assignment in the version that the member's subscription is in.
    static func encode(_ assignment: Assignment, for subscription: [UInt8], topics: any TopicsView) -> [UInt8] {
        var reader = WireReader(ByteSlice(copying: subscription))
        let version = min(max((try? reader.readInt16()) ?? 0, 0), lastVersion)
        var message = ConsumerProtocolAssignment()
        message.assignedPartitions = assignment.topics.compactMap { topic in
            guard let name = topics.topic(id: topic.topicId)?.name else { return nil }
            var partitions = ConsumerProtocolAssignment.TopicPartition()
            partitions.topic = name
            partitions.partitions = topic.partitions
            return partitions
        }
        var writer = WireWriter(reserving: 64)
        writer.writeInt16(version)
        message.encode(to: &writer, version: version)
        return writer.finishBytes().withUnsafeBytes { Array($0) }
    }
}

extension ConsumerProtocolSubscription {
    /// What the member says it has, of topics that exist.
    func owned(_ topics: any TopicsView) -> [TopicPartitions] {
        ownedPartitions.compactMap { owned in
            topics.topic(named: owned.topic).map { TopicPartitions(topicId: $0.id, partitions: owned.partitions) }
        }
    }
}
