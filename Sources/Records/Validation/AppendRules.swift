// What a topic's settings say about the records that go into it.

/// The settings of a topic that decide what becomes of an append, with Kafka's defaults.
public struct AppendRules: Sendable {
    /// `compression.type`.
    public enum Target: Hashable, Sendable {
        /// Batches keep the codec they came with.
        case producer
        /// Batches of another codec are written anew in this one (`uncompressed`: `.none`).
        case fixed(CompressionSettings)
    }

    /// For the texts of refusals.
    public let topic: String
    public let partition: Int32
    /// `compression.type` and `compression.*.level`.
    public var target = Target.producer
    /// `message.timestamp.type`
    public var timestampType = TimestampType.createTime
    /// `message.timestamp.before.max.ms`
    public var timestampBeforeMaxMs = Int64.max
    /// `message.timestamp.after.max.ms`
    public var timestampAfterMaxMs: Int64 = 3_600_000
    /// `max.message.bytes`: the largest batch, header included.
    public var maxMessageSizeBytes = 1_048_588
    /// `cleanup.policy` has `compact`: every record needs a key.
    public var isCompacted = false
    /// How far the check goes before it is given up.
    public var effort = CheckEffort.whole

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// The compression that a batch of `source` is stored with. Kafka: `BrokerCompressionType.targetCompression`.
    func settings(for source: CompressionCodec) -> CompressionSettings {
        switch target {
        case .producer: CompressionSettings(source)
        case .fixed(let settings): settings
        }
    }
}
