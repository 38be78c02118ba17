// An incremental fetch session (KIP-227): the partitions a client fetches, remembered so that it need not repeat them.

import KafkaMessages
import KafkaWire
import Synchronization

/// What a session remembers of one partition: the last request for it, and what was last answered.
struct CachedFetchPartition: Sendable {
    var target: FetchTarget
    /// As last answered; -1 so that the next answer names the partition in any case.
    var highWatermark: Int64
    var logStartOffset: Int64

    /// Whether an incremental answer has to name the partition: it has records, an error, or moved. Notes what was
    /// answered.
    mutating func noteAnswer(_ answer: FetchResponse.PartitionData) -> Bool {
        var mustRespond = (answer.records?.sizeBytes ?? 0) > 0
        if highWatermark != answer.highWatermark {
            mustRespond = true
            highWatermark = answer.highWatermark
        }
        if logStartOffset != answer.logStartOffset {
            mustRespond = true
            logStartOffset = answer.logStartOffset
        }
        if answer.preferredReadReplica != -1 { mustRespond = true }
        if answer.errorCode != 0 {
            // Once the error has gone, the partition is to be named again.
            highWatermark = -1
            mustRespond = true
        }
        if answer.divergingEpoch.epoch >= 0 { mustRespond = true }
        return mustRespond
    }
}

/// A fetch session. Its lock is never held while the cache's is taken.
final class FetchSession: Sendable {
    struct State: Sendable {
        /// The epoch that the next request has to carry.
        var epoch: Int32
        var partitions: FetchPartitionList
    }

    let id: Int32
    /// Whether a follower owns it: it may push a client's out of the cache.
    let isPrivileged: Bool
    let usesTopicIds: Bool
    let createdMs: Int64
    /// The number of partitions when it was last used, which decides who is pushed out.
    let state: Mutex<State>

    init(id: Int32, isPrivileged: Bool, usesTopicIds: Bool, createdMs: Int64, partitions: FetchPartitionList) {
        self.id = id
        self.isPrivileged = isPrivileged
        self.usesTopicIds = usesTopicIds
        self.createdMs = createdMs
        state = Mutex(State(epoch: FetchEpoch.next(after: FetchEpoch.initial), partitions: partitions))
    }
}

/// The epochs of a session: a request carries the one that its predecessor's answer implied.
enum FetchEpoch {
    /// Asks for a new session.
    static let initial: Int32 = 0
    /// Asks for no session, or closes the one it names.
    static let final: Int32 = -1

    static func next(after epoch: Int32) -> Int32 {
        if epoch < 0 { return final }
        return epoch == .max ? 1 : epoch + 1
    }
}
