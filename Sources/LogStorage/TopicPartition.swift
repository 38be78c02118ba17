// A partition's name.

/// A topic's name and a partition's number.
public struct TopicPartition: Hashable, Sendable {
    public let topic: String
    public let partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension TopicPartition: CustomStringConvertible {
    /// `topic-partition`: the name of the partition's directory too.
    public var description: String { "\(topic)-\(partition)" }
}
