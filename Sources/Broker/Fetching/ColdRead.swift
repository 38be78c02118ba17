// Reads of what is not in memory: a worker reads it from the disk first, so that the loop does not wait for it. That
// goes for the indexes that say where records lie, for the records, and for what a lookup by timestamp goes through.

import Bytes
import EventLoop
import Files
import KafkaMessages
import KafkaWire
import LogStorage

/// Brings ranges of segments into memory before they are sent. What a consumer at the end of a log reads is there
/// already; who reads an old segment gets each answer a little later, and nobody else does.
struct ColdRead {
    private let regions: [FileRegion]

    /// The ranges of `result` that would be read from the disk; nil when there are none, as nearly always. The system
    /// is asked once a range, about a microsecond each.
    init?(_ result: FetchRead.Result) {
        var cold: [FileRegion] = []
        for (_, data) in result.answers {
            guard case .file(let region)? = data.records, !region.isInMemory else { continue }
            cold.append(region)
        }
        if cold.isEmpty { return nil }
        regions = cold
    }

    /// Reads them on one of `workers`, then runs `body` on `loop`.
    func perform(on workers: WorkerPool, then loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        workers.submit { [regions] in
            for region in regions { region.bringIntoMemory() }
            loop.execute(body)
        }
    }
}

/// Brings what is needed to find the records of a request into memory, before it looks for them: of each old segment
/// once after a start.
struct UnreadLogs {
    private let logs: [(log: PartitionLog, offset: Int64)]
    private let isolation: ReadIsolation

    /// The partitions of `read` whose indexes nobody read yet where it begins; nil when there are none, as nearly
    /// always.
    init?(_ read: FetchRead) {
        var logs: [(log: PartitionLog, offset: Int64)] = []
        for target in read.fetchContext.targets {
            guard let topic = target.topic,
                case .success(let partition) = read.context.broker.partitions.partition(
                    topic: topic, partition: target.partition),
                partition.log.isUnread(at: target.fetchOffset, upTo: read.parameters.isolation)
            else { continue }
            logs.append((partition.log, target.fetchOffset))
        }
        if logs.isEmpty { return nil }
        self.logs = logs
        isolation = read.parameters.isolation
    }

    /// Reads them on one of `workers`, then runs `body` on `loop`.
    func prepare(on workers: WorkerPool, then loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        workers.submit { [logs, isolation] in
            for one in logs { one.log.prepareRead(at: one.offset, upTo: isolation) }
            loop.execute(body)
        }
    }
}

/// Brings what is needed to find offsets by timestamp into memory, where that may be on the disk alone.
struct OldTimestamps {
    private let lookups: [(log: PartitionLog, timestampMs: Int64)]

    /// The lookups of `request` that go into old segments; nil when there are none, as of consumers that ask for the
    /// log's beginning or end.
    init?(_ request: ListOffsetsRequest, _ broker: BrokerServer) {
        var lookups: [(log: PartitionLog, timestampMs: Int64)] = []
        for topic in request.topics {
            for partition in topic.partitions {
                guard
                    case .success(let found) = broker.partitions.partition(
                        topic: topic.name, partition: partition.partitionIndex),
                    found.log.isInOldSegment(timestamp: partition.timestamp)
                else { continue }
                lookups.append((found.log, partition.timestamp))
            }
        }
        if lookups.isEmpty { return nil }
        self.lookups = lookups
    }

    /// Reads them on one of `workers`, then runs `body` on `loop`.
    func prepare(on workers: WorkerPool, then loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        workers.submit { [lookups] in
            for one in lookups { one.log.prepareSearch(forTimestamp: one.timestampMs) }
            loop.execute(body)
        }
    }
}
