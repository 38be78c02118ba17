// One sync for all who wait: producers on many connections, of one partition and of several.

import Files
import Synchronization

/// Syncs logs for those who wait for it, on a thread of its own. Who comes while a round of syncs runs waits for the
/// next one, and all who wait for one partition share its sync. The partitions of a round are synced side by side: the
/// file system then commits its journal once for them, not once for each.
final class GroupCommit: Sendable {
    typealias Completion = @Sendable (LogError?) -> Void

    private struct Waiter: Sendable {
        let log: PartitionLog
        let offset: Int64
        let completion: Completion?
    }

    private struct State: Sendable {
        var waiting: [Waiter] = []
        var isScheduled = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let worker: any WorkQueue
    /// So many partitions are synced side by side.
    private let syncsAtOnce: Int

    /// Eight syncs at once cost about as much as one (ext4 on a local disk); more gain little.
    init(worker: any WorkQueue, syncsAtOnce: Int) {
        self.worker = worker
        self.syncsAtOnce = syncsAtOnce
    }

    /// Syncs `log` up to `offset`, then calls `completion` with what went wrong, on a thread of the commit's. After
    /// `close` it is called at once, on this thread.
    func add(_ log: PartitionLog, upTo offset: Int64, _ completion: Completion?) {
        let (mustRun, isClosed) = state.withLock { state in
            state.waiting.append(Waiter(log: log, offset: offset, completion: completion))
            defer { state.isScheduled = true }
            return (!state.isScheduled, state.isClosed)
        }
        if isClosed {
            runRounds()
        } else if mustRun {
            worker.run { [weak self] in self?.runRounds() }
        }
    }

    /// Lets all who wait now have their answer, and ends the thread.
    func close() {
        worker.stop()
        state.withLock { $0.isClosed = true }
        runRounds()
    }

    private func runRounds() {
        while true {
            let waiters = state.withLock { state -> [Waiter] in
                defer { state.waiting = [] }
                state.isScheduled = !state.waiting.isEmpty
                return state.waiting
            }
            if waiters.isEmpty { return }
            run(waiters)
        }
    }

    /// The sync of one log, and who waits for it.
    private struct Sync: Sendable {
        let log: PartitionLog
        var offset: Int64
        var waiters: [Waiter]
    }

    private func run(_ waiters: [Waiter]) {
        var places: [ObjectIdentifier: Int] = [:]
        var syncs: [Sync] = []
        for waiter in waiters {
            if let place = places[ObjectIdentifier(waiter.log)] {
                syncs[place].offset = max(syncs[place].offset, waiter.offset)
                syncs[place].waiters.append(waiter)
            } else {
                places[ObjectIdentifier(waiter.log)] = syncs.count
                syncs.append(Sync(log: waiter.log, offset: waiter.offset, waiters: [waiter]))
            }
        }
        ParallelWork.run(syncs, threads: syncsAtOnce) { sync in
            // A failure takes the directory offline; the waiters are told below.
            try? sync.log.flush(upTo: sync.offset, snapshot: nil)
            // At once, not with the round's slowest: what comes of it is there for the next round.
            for waiter in sync.waiters { waiter.completion?(sync.log.flushFailure(upTo: waiter.offset)) }
        }
    }
}

extension PartitionLog {
    /// Calls `completion` once all records before `offset` are on disk: with nil, or with why they are not and will not
    /// be reported to be. It is called at once when they are, else on another thread; it must be short.
    ///
    /// For appends whose `AppendResult.isFlushDue`: what `flush.messages` promises. Many who wait share one sync.
    public func whenFlushed(upTo offset: Int64, _ completion: @escaping @Sendable (LogError?) -> Void) {
        if let failure = health.failure { return completion(.storage(failure)) }
        if recoveryPoint >= offset { return completion(nil) }
        environment.commits.add(self, upTo: offset, completion)
    }

    /// Why records before `offset` are not on disk though a sync was tried; nil when they are.
    func flushFailure(upTo offset: Int64) -> LogError? {
        if let failure = health.failure { return .storage(failure) }
        if recoveryPoint >= offset { return nil }
        return .refused(.kafkaStorageError, "The log of \(topicPartition) was closed before its records were synced")
    }
}
