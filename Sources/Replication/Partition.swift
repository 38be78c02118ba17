// A partition that this node leads: its log, and the leader's view of who may read and append.

import Bytes
import KafkaMessages
import KafkaWire
import LogStorage
import Records
import Synchronization

/// Why a partition did not do what was asked: the error code of the answer.
public struct PartitionError: Error, Sendable {
    public let code: ErrorCode

    public init(_ code: ErrorCode) {
        self.code = code
    }
}

/// A partition of a topic on this node. Kafka: `Partition`.
///
/// The node is the only replica: what is in the log is at the high watermark at once.
public final class Partition: Sendable {
    public let topicId: Uuid
    public let topic: String
    public let index: Int32
    public let log: PartitionLog
    private let currentLeaderEpoch: Atomic<Int32>

    public init(topicId: Uuid, topic: String, index: Int32, log: PartitionLog, leaderEpoch: Int32) {
        self.topicId = topicId
        self.topic = topic
        self.index = index
        self.log = log
        currentLeaderEpoch = Atomic(leaderEpoch)
    }

    /// The epoch in which this node leads the partition.
    public var leaderEpoch: Int32 { currentLeaderEpoch.load(ordering: .acquiring) }

    /// Notes that the controller made this node leader again, in a later epoch.
    public func becomeLeader(inEpoch epoch: Int32) throws(LogError) {
        currentLeaderEpoch.store(epoch, ordering: .releasing)
        try log.assignLeaderEpoch(epoch)
    }

    /// Refuses a client whose idea of the leader epoch is behind or ahead of ours; -1 means that it has none. KIP-320.
    public func checkLeaderEpoch(_ epoch: Int32) throws(PartitionError) {
        guard epoch != -1 else { return }
        let current = leaderEpoch
        if epoch < current { throw PartitionError(.fencedLeaderEpoch) }
        if epoch > current { throw PartitionError(.unknownLeaderEpoch) }
    }
}
