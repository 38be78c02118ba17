// One partition of `__consumer_offsets` on this node: its shard, the loop it belongs to, its timers, who waits.

import Bytes
import EventLoop
import Groups
import KafkaWire
import LogStorage
import Logging
import Records
import Replication

/// Runs a `GroupShard` on its loop: gives it the time and the log, sends its answers, rings its timers.
///
/// `@unchecked Sendable`: everything that changes is reached on the loop's thread only, which each entry checks.
final class GroupShardHost: @unchecked Sendable {
    typealias Operation = @Sendable (GroupShard, RequestToken, _ nowMs: Int64) -> GroupActions
    typealias Answer = @Sendable (Result<GroupReply, GroupError>) -> Void

    enum Phase {
        case loading
        case active
        /// Given up, with the error that requests get.
        case resigned(ErrorCode)
    }

    let index: Int32
    let loop: EventLoop
    let partitions: Partitions
    private let compression: CompressionSettings

    // On the loop only.
    let shard: GroupShard
    private(set) var phase = Phase.loading
    private var timers: [GroupTimer: TimerId] = [:]
    private var waiting: [RequestToken: Answer] = [:]
    private var lastToken: UInt64 = 0

    init(
        index: Int32, loop: EventLoop, partitions: Partitions, config: GroupCoordinatorConfig, topics: any TopicsView,
        compressionCodec: Int32
    ) {
        self.index = index
        self.loop = loop
        self.partitions = partitions
        compression =
            UInt8(exactly: compressionCodec).flatMap { CompressionCodec(rawValue: $0) }
            .map { CompressionSettings($0) } ?? .none
        shard = GroupShard(config: config, topics: topics)
    }

    /// The shard's clock: milliseconds since 1970.
    private var nowMs: Int64 { LogEnvironment.systemTimeMs() }

    /// Runs `task` on the loop: at once when called there.
    private func onLoop(_ task: @escaping @Sendable () -> Void) {
        if loop.isOnLoop { task() } else { loop.execute(task) }
    }

    // MARK: Requests

    /// Has the shard take a request. `answer` is called once.
    func perform(_ operation: @escaping Operation, answer: @escaping Answer) {
        onLoop { [self] in
            if let error = phase.error { return answer(.failure(GroupError(error))) }
            lastToken += 1
            let token = RequestToken(lastToken)
            waiting[token] = answer
            carryOut(operation(shard, token, nowMs))
        }
    }

    /// Has the shard tell something; `answer` gets nil and the error while it cannot.
    func read<Value: Sendable>(
        _ question: @escaping @Sendable (GroupShard) -> Value,
        answer: @escaping @Sendable (Result<Value, GroupError>) -> Void
    ) {
        onLoop { [self] in
            if let error = phase.error { return answer(.failure(GroupError(error))) }
            answer(.success(question(shard)))
        }
    }

    private func carryOut(_ actions: GroupActions) {
        var surroundings = Surroundings(host: self)
        shard.carryOut(actions, in: &surroundings)
    }

    private struct Surroundings: GroupSurroundings {
        let host: GroupShardHost

        mutating func append(_ records: [GroupRecord]) -> ErrorCode { host.append(records) }

        mutating func send(_ reply: GroupReply, to token: RequestToken) {
            host.waiting.removeValue(forKey: token)?(.success(reply))
        }

        mutating func fail(_ token: RequestToken, with error: ErrorCode) {
            host.waiting.removeValue(forKey: token)?(.failure(GroupError(error)))
        }

        mutating func change(_ timer: GroupTimerChange) { host.change(timer) }
    }

    // MARK: The log

    private func append(_ records: [GroupRecord]) -> ErrorCode {
        if records.isEmpty { return .none }
        do {
            let partition = try partitions.partition(topic: GroupShardHost.topic, partition: index).get()
            guard let batch = batch(of: records, maxBytes: partition.maxCoordinatorBatchBytes) else {
                return Self.answer(to: .messageTooLarge)
            }
            _ = try partition.appendFromCoordinator(batch)
            return .none
        } catch let refusal as AppendRefusal {
            return Self.answer(to: refusal.code)
        } catch let error as PartitionError {
            return Self.answer(to: error.code)
        } catch {
            return .unknownServerError
        }
    }

    /// Nil as soon as it is larger than the log takes: a long group id and many offsets are gigabytes to delete.
    private func batch(of records: [GroupRecord], maxBytes: Int) -> RecordBatch? {
        let timestampMs = nowMs
        var builder = RecordBatchBuilder(compression: compression)
        for record in records {
            let bytes = record.encoded()
            builder.append(timestamp: timestampMs, key: bytes.key.array, value: bytes.value?.array)
            guard builder.sizeBytes <= maxBytes else { return nil }
        }
        return builder.build()
    }

    static let topic = "__consumer_offsets"

    /// What clients are told when the log refuses. Kafka: `appendGroupMetadataErrorToResponseError`.
    private static func answer(to error: ErrorCode) -> ErrorCode {
        switch error {
        case .unknownTopicOrPartition, .notEnoughReplicas, .requestTimedOut: .coordinatorNotAvailable
        case .notLeaderOrFollower, .kafkaStorageError: .notCoordinator
        default: .unknownServerError
        }
    }

    // MARK: Timers

    private func change(_ timer: GroupTimerChange) {
        switch timer {
        case .set(let name, let afterMs):
            if let running = timers[name] { loop.cancel(running) }
            timers[name] = loop.schedule(afterMs: afterMs) { [weak self] in self?.fired(name) }
        case .cancel(let name):
            if let running = timers.removeValue(forKey: name) { loop.cancel(running) }
        }
    }

    private func fired(_ timer: GroupTimer) {
        timers[timer] = nil
        guard case .active = phase else { return }
        carryOut(shard.timerFired(timer, nowMs: nowMs))
    }

    // MARK: What happens around it

    func topicsChanged(to view: any TopicsView, deleted: [String]) {
        onLoop { [self] in
            switch phase {
            case .active: carryOut(shard.topicsChanged(to: view, deleted: deleted, nowMs: nowMs))
            // The shard keeps in mind what it cannot write yet.
            case .loading: _ = shard.topicsChanged(to: view, deleted: deleted, nowMs: nowMs)
            case .resigned: break
            }
        }
    }

    /// Applies what was read from the log; on the loop.
    func apply(_ record: GroupRecord, producerId: Int64?) { shard.apply(record, producerId: producerId) }

    /// Everything was read: requests are taken from here on. On the loop.
    func becameActive() {
        guard case .loading = phase else { return }
        phase = .active
        carryOut(shard.loaded(nowMs: nowMs))
    }

    /// Takes other settings.
    func reconfigure(_ config: GroupCoordinatorConfig) { onLoop { [self] in shard.config = config } }

    /// Gives the partition up: answers who waits, stops the timers.
    func resign(with error: ErrorCode = .notCoordinator) {
        onLoop { [self] in
            if case .resigned = phase { return }
            phase = .resigned(error)
            for timer in timers.values { loop.cancel(timer) }
            timers = [:]
            let unanswered = waiting.values
            waiting = [:]
            for answer in unanswered { answer(.failure(GroupError(error))) }
        }
    }
}

extension GroupShardHost.Phase {
    /// Why no request is taken; nil when it is.
    fileprivate var error: ErrorCode? {
        switch self {
        case .loading: .coordinatorLoadInProgress
        case .active: nil
        case .resigned(let error): error
        }
    }
}
