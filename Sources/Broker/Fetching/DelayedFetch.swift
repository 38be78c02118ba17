// A Fetch request that waits for records. Kafka's DelayedFetch, without the purgatory: it is woken by the partitions it
// waits for, and by one timer.

import EventLoop
import LogStorage
import Replication
import Synchronization

/// Waits until the partitions of a request have `minBytes`, or an error, or `maxWaitMs` is over, or the client goes
/// away.
///
/// All of it but `logDidAdvance` happens on the connection's loop, which is what guards `isDone` and `timer`.
final class DelayedFetch: LogListener, WaitingRequest {
    private struct State: Sendable {
        var isDone = false
        var timer: TimerId?
        var partitions: [Partition] = []
    }

    private let read: FetchRead
    private let state = Mutex(State())
    /// Whether a look at the partitions is already on its way, so that a burst of appends costs one.
    private let isCheckScheduled = Atomic<Bool>(false)

    private init(_ read: FetchRead) {
        self.read = read
    }

    /// Starts to wait. Called on the loop of the request's connection.
    static func start(_ read: FetchRead) {
        let fetch = DelayedFetch(read)
        var partitions: [Partition] = []
        for target in read.fetchContext.targets {
            guard let topic = target.topic else { continue }
            guard
                case .success(let partition) = read.context.broker.partitions.partition(
                    topic: topic, partition: target.partition)
            else { continue }
            partition.log.addListener(fetch)
            partitions.append(partition)
        }
        let timer = read.context.loop.schedule(afterMs: Int64(read.parameters.maxWaitMs)) { fetch.finish() }
        fetch.state.withLock { state in
            state.timer = timer
            state.partitions = partitions
        }
        read.context.waits.value.add(fetch)
        // Something may have been appended between the read and the registration.
        fetch.check()
    }

    func logDidAdvance(_ log: PartitionLog) {
        guard
            isCheckScheduled.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        read.context.loop.execute { [self] in check() }
    }

    /// Reads again, and answers if there is enough now.
    private func check() {
        isCheckScheduled.store(false, ordering: .releasing)
        guard !state.withLock({ $0.isDone }) else { return }
        let result = read.perform()
        let isStopping = read.context.broker.isStopped.load(ordering: .relaxed)
        if isStopping || result.isComplete(minBytes: read.parameters.minBytes) {
            finish(with: result)
        }
    }

    /// The time is over: answers with what there is.
    private func finish() {
        guard !state.withLock({ $0.isDone }) else { return }
        finish(with: read.perform())
    }

    func answerNow() { finish() }

    private func finish(with result: FetchRead.Result) {
        abandon()
        read.respond(result)
    }

    func abandon() {
        let (timer, partitions) = state.withLock { state in
            state.isDone = true
            defer { state.partitions = [] }
            return (state.timer, state.partitions)
        }
        if let timer { read.context.loop.cancel(timer) }
        for partition in partitions { partition.log.removeListener(self) }
        read.context.waits.value.remove(self)
    }
}
