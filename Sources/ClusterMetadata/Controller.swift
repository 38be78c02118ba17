// The controller inside the node: takes requests from any thread, decides them one after the other, commits many at
// once.

import KafkaMessages
import KafkaWire
import LogStorage
import Synchronization

/// The cluster's controller. Kafka: `QuorumController`.
///
/// Requests queue up and are decided in their order on the controller's own thread. All that wait together share one
/// sync of the metadata log. After it, in this order: the new image is published, `onChange` is called, and the answers
/// are handed over, on the controller's thread; what is called there should be short.
public final class Controller: Sendable {
    /// An answer, or why there is none: KAFKA_STORAGE_ERROR when the metadata log cannot be written any more,
    /// BROKER_NOT_AVAILABLE once the node stops.
    public typealias Completion<Answer> = @Sendable (Result<Answer, ApiError>) -> Void

    /// Something to be decided.
    private struct Operation: Sendable {
        /// Decides, and gives what is to be called once the decision is committed, or cannot be.
        let decide: @Sendable (inout ControllerCore) -> @Sendable (ApiError?) -> Void
        /// Called instead when nothing is decided any more.
        let refuse: @Sendable (ApiError) -> Void
    }

    private struct Queue: Sendable {
        var operations: [Operation] = []
        /// The controller's thread has been told, or is at work.
        var isScheduled = false
        var isStopping = false
        /// Set once the log cannot be written any more.
        var failure: ApiError?
        var onChange: (@Sendable (MetadataDelta, MetadataImage) -> Void)?
        var onFailure: (@Sendable (MetadataStoreError) -> Void)?

        var refusal: ApiError? { failure ?? (isStopping ? ApiError(.brokerNotAvailable) : nil) }
    }

    // Two locks, in this order: core, queue. Neither is held when an answer is handed over.
    /// Held while operations are decided and committed.
    let core: Mutex<ControllerCore>
    private let queue = Mutex(Queue())
    let worker = BackgroundWorker()
    let publisher: MetadataPublisher

    init(core: consuming ControllerCore) {
        var core = core
        publisher = MetadataPublisher(core.takeImage().0)
        self.core = Mutex(core)
    }

    /// Calls `handler` after every change, with what changed and the image that has it. One handler at a time.
    public func onChange(_ handler: (@Sendable (MetadataDelta, MetadataImage) -> Void)?) {
        queue.withLock { $0.onChange = handler }
    }

    /// Calls `handler` when the metadata log can no longer be written: the node cannot go on. Kafka's ends the process.
    public func onFailure(_ handler: (@Sendable (MetadataStoreError) -> Void)?) {
        queue.withLock { $0.onFailure = handler }
    }

    // MARK: The queue

    /// Queues a decision. `completion` gets its answer once its records are on disk.
    func submit<Answer: Sendable>(
        _ completion: @escaping Completion<Answer>,
        decide: @escaping @Sendable (inout ControllerCore) throws(ApiError) -> ControllerResult<Answer>
    ) {
        enqueue(
            Operation(
                decide: { core in
                    do throws(ApiError) {
                        let result = try decide(&core)
                        try core.append(result.records)
                        return { failure in completion(failure.map(Result.failure) ?? .success(result.answer)) }
                    } catch {
                        return { failure in completion(.failure(failure ?? error)) }
                    }
                },
                refuse: { completion(.failure($0)) }))
    }

    private func enqueue(_ operation: Operation) {
        let refusal: ApiError? = queue.withLock { queue in
            if let refusal = queue.refusal { return refusal }
            queue.operations.append(operation)
            if !queue.isScheduled {
                queue.isScheduled = true
                worker.run { [self] in drain() }
            }
            return nil
        }
        if let refusal { operation.refuse(refusal) }
    }

    /// Decides all that waits, again and again until nothing does.
    private func drain() {
        while true {
            let operations = queue.withLock { queue in
                defer { queue.operations = [] }
                if queue.operations.isEmpty { queue.isScheduled = false }
                return queue.operations
            }
            if operations.isEmpty { return }
            run(operations)
        }
    }

    private func run(_ operations: [Operation]) {
        if let failure = queue.withLock({ $0.failure }) {
            for operation in operations { operation.refuse(failure) }
            return
        }
        let (completions, outcome) = core.withLock { core in
            let completions = operations.map { $0.decide(&core) }
            return (completions, core.log.hasPending ? commit(&core, sync: true) : .nothing)
        }
        switch outcome {
        case .nothing: for completion in completions { completion(nil) }
        case .failed(let error): for completion in completions { completion(error) }
        case .committed(let image, let delta):
            announce(image, delta)
            for completion in completions { completion(nil) }
            writeSnapshotIfDue()
        }
    }

    // MARK: Committing

    enum CommitOutcome {
        case nothing
        case committed(MetadataImage, MetadataDelta)
        case failed(ApiError)
    }

    /// Writes what was decided.
    /// - Parameter sync: waits for the disk; nothing may be acknowledged before.
    func commit(_ core: inout ControllerCore, sync: Bool) -> CommitOutcome {
        do throws(LogError) {
            try core.log.commit(sync: sync)
        } catch {
            return .failed(fail(.log(error)))
        }
        scheduleSnapshot(&core)
        let (image, delta) = core.takeImage()
        return .committed(image, delta)
    }

    /// Makes a change known.
    func announce(_ image: MetadataImage, _ delta: MetadataDelta) {
        publisher.publish(image)
        queue.withLock { $0.onChange }?(delta, image)
    }

    /// From here on nothing is decided.
    @discardableResult
    func fail(_ error: MetadataStoreError) -> ApiError {
        let new = ApiError(.kafkaStorageError, error.description)
        let (failure, handler) = queue.withLock { queue in
            let isFirst = queue.failure == nil
            queue.failure = queue.failure ?? new
            return (queue.failure ?? new, isFirst ? queue.onFailure : nil)
        }
        handler?(error)
        return failure
    }

    // MARK: Snapshots

    /// A snapshot is due some time after the first record that is in none.
    private func scheduleSnapshot(_ core: inout ControllerCore) {
        let interval = core.log.settings.maxSnapshotIntervalMs
        guard interval > 0, !core.isSnapshotScheduled else { return }
        core.isSnapshotScheduled = true
        worker.run(afterMs: interval) { [weak self] in self?.writeSnapshot() }
    }

    private func writeSnapshotIfDue() {
        if core.withLock({ $0.log.isSnapshotDue }) { writeSnapshot() }
    }

    /// Writes a snapshot of what is committed, on the controller's thread.
    func writeSnapshot() {
        let result: Result<Void, MetadataStoreError> = core.withLock { core in
            core.isSnapshotScheduled = false
            // Nothing is pending between two runs, so the state is what is on disk.
            do throws(MetadataStoreError) {
                return .success(try core.log.writeSnapshot(of: core.state))
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result { fail(error) }
    }

    // MARK: Stopping

    /// Lets what was queued end, and takes nothing more.
    func stopTaking() {
        queue.withLock { $0.isStopping = true }
        worker.stop()
        // A run that was asked for, and did not begin before the worker stopped.
        drain()
    }
}
