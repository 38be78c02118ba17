// What goes into a read and what comes out of it.

import Bytes

/// Up to where a read may go. Kafka: `FetchIsolation`.
public enum ReadIsolation: Sendable {
    case logEnd
    case highWatermark
    /// `read_committed`: up to the last stable offset, with the aborted transactions in the range.
    case lastStableOffset
}

/// A transaction whose records in the range read are to be left out.
public struct AbortedTransaction: Hashable, Sendable {
    public let producerId: Int64
    public let firstOffset: Int64

    public init(producerId: Int64, firstOffset: Int64) {
        self.producerId = producerId
        self.firstOffset = firstOffset
    }
}

/// What a read found.
public struct ReadResult: Sendable {
    /// A range of one segment, which starts with the batch that holds the offset asked for and may end within a batch;
    /// nil when there is nothing to read.
    public var records: FileRegion?
    /// Where the offset lies: of use for judging later how much was added since. -1 when not known.
    public var segmentBaseOffset: Int64
    public var positionInSegment: Int
    /// The first batch is larger than the bytes asked for, and cut.
    public var isFirstBatchCut = false
    /// For `.lastStableOffset`; nil else.
    public var abortedTransactions: [AbortedTransaction]?
    /// The log's offsets when the read began.
    public var offsets: LogOffsets

    public var sizeBytes: Int { records?.sizeBytes ?? 0 }
}

/// A log's offsets, all of one moment.
public struct LogOffsets: Hashable, Sendable {
    public var logStartOffset: Int64
    public var lastStableOffset: Int64
    public var highWatermark: Int64
    public var logEndOffset: Int64
}

/// What ListOffsets asks for by a negative timestamp. Kafka: `ListOffsetsRequest`.
public enum SpecialTimestamp {
    public static let latest: Int64 = -1
    public static let earliest: Int64 = -2
    public static let maxTimestamp: Int64 = -3
    public static let earliestLocal: Int64 = -4
    public static let latestTiered: Int64 = -5
    public static let earliestPendingUpload: Int64 = -6
}

/// An answer to a search by timestamp.
public struct TimestampAndOffset: Hashable, Sendable {
    /// -1 when the search was for an end of the log.
    public var timestampMs: Int64
    public var offset: Int64
    /// nil when not known: -1 in the answer.
    public var leaderEpoch: Int32?

    public init(timestampMs: Int64, offset: Int64, leaderEpoch: Int32?) {
        self.timestampMs = timestampMs
        self.offset = offset
        self.leaderEpoch = leaderEpoch
    }
}

/// The end of an epoch's records, for OffsetForLeaderEpoch.
public struct EpochEndOffset: Hashable, Sendable {
    public var leaderEpoch: Int32
    public var endOffset: Int64

    /// Nothing is known of the epoch: Kafka answers -1 twice.
    public static let unknown = EpochEndOffset(leaderEpoch: -1, endOffset: -1)
}

/// What a log knows of a producer, for DescribeProducers.
public struct ActiveProducer: Hashable, Sendable {
    public var producerId: Int64
    public var producerEpoch: Int16
    public var lastSequence: Int32
    public var lastTimestampMs: Int64
    /// -1: none yet.
    public var coordinatorEpoch: Int32
    /// -1: no transaction is open.
    public var currentTransactionStartOffset: Int64
}
