// One partition of a Fetch request, as the request (or the session's memory of earlier requests) names it.

import KafkaWire

/// What tells two partitions of a fetch session apart: the topic's id from version 13 on, its name before.
struct FetchPartitionKey: Hashable, Sendable {
    let topicId: Uuid
    /// Empty where the topic goes by its id.
    let topicName: String
    let partition: Int32
}

/// Where to read in one partition, and how much.
struct FetchTarget: Sendable {
    let key: FetchPartitionKey
    /// The topic's name; nil when the request named an id that no topic has.
    var topic: String?
    var fetchOffset: Int64
    var maxBytes: Int32
    /// The leader epoch that the client knows; -1 when it does not say.
    var currentLeaderEpoch: Int32
    /// The epoch of the last record that the client has; -1 when it does not say.
    var lastFetchedEpoch: Int32

    var topicId: Uuid { key.topicId }
    var partition: Int32 { key.partition }
}
