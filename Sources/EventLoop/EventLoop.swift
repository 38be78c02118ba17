// One thread that waits for sockets, timers and tasks, and runs what they bring, one thing after the other.

import Glibc
import Synchronization

/// An event loop. What it owns (connections, timers, whatever its users confine to it) is touched on its thread alone
/// and needs no lock; other threads hand it work by `execute`.
///
/// One turn: wait; the events; the timers that are due; the tasks, as many as there is time for; what asked to be
/// called at the end. With nothing to do the loop waits without a time limit, so an idle process takes no CPU.
///
/// `@unchecked Sendable`: `inbox` is behind its mutex and `isAsleep` and `threadId` are atomic; every other variable is
/// touched by the loop's own thread only, which `preconditionOnLoop` checks where a caller could get it wrong.
public final class EventLoop: @unchecked Sendable {
    /// Which loop of its group it is, from 0.
    public let index: Int
    public let counters = LoopCounters()

    let poller: SystemPoller
    private let threadId = Atomic<UInt>(0)

    // Guarded by the mutex.
    private let inbox = Mutex<ContiguousArray<LoopTask>>([])
    /// Set before the loop looks into the inbox for the last time before it waits: who finds it set must wake the loop.
    private let isAsleep = Atomic<Bool>(false)

    // The loop thread's own.
    private var ownTasks: ContiguousArray<LoopTask> = []
    /// The tasks that were taken up: from other threads and the loop's own.
    private var taken = (others: TakenTasks(), own: TakenTasks())
    /// An emptied array that keeps its memory for the next turn.
    private var spareTurnEndTargets: ContiguousArray<any TurnEndTarget> = []
    private var targets = SlotTable<any PollTarget>()
    private var timers = TimerHeap()
    private var turnEndTargets: ContiguousArray<any TurnEndTarget> = []
    private var isStopping = false
    /// The clock at the start of this turn's work: good enough for "when was it last active".
    private(set) var turnMs: Int64 = 0

    init(index: Int) throws(NetworkError) {
        self.index = index
        poller = try SystemPoller()
    }

    /// Whether the caller runs on the loop's thread.
    public var isOnLoop: Bool { threadId.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Stops the process when the caller is on another thread: what is confined to a loop has no other protection.
    public func preconditionOnLoop() {
        precondition(isOnLoop, "called from outside of the event loop")
    }

    /// The monotonic clock in milliseconds. From any thread.
    public var nowMs: Int64 { MonotonicClock.nowMs }

    // MARK: Tasks

    /// Runs `task` on the loop, after this turn's events when called on it. From any thread; tasks of one thread run in
    /// the order they were given. A task that is given after the loop stopped never runs.
    public func execute(_ task: @escaping @Sendable () -> Void) {
        post(.run(task))
    }

    func post(_ task: LoopTask) {
        if isOnLoop {
            ownTasks.append(task)
            return
        }
        inbox.withLock { $0.append(task) }
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { poller.wake() }
    }

    /// After so much of a turn the tasks that are left wait until events and timers have been seen to: many long ones,
    /// as when a topic goes that every group has offsets of, do not hold up the connections for all of their time.
    private static let taskTimeMs: Int64 = 5

    /// The tasks given until now, or as many as there is time for; those that they give themselves wait for the next
    /// turn.
    private func runTasks() {
        takeTasks()
        runTakenTasks(untilMs: turnMs &+ Self.taskTimeMs)
    }

    /// Only when all that were taken before have run: they keep their order.
    private func takeTasks() {
        if hasTakenTasks { return }
        inbox.withLock { taken.others.take(&$0) }
        taken.own.take(&ownTasks)
    }

    /// One runs in any case; the clock is looked at when there are more.
    private func runTakenTasks(untilMs: Int64) {
        while let task = taken.others.removeNext() ?? taken.own.removeNext() {
            task.run()
            if hasTakenTasks, MonotonicClock.nowMs > untilMs { return }
        }
        taken.others.forgetAll()
        taken.own.forgetAll()
    }

    private var hasTakenTasks: Bool { !taken.others.isEmpty || !taken.own.isEmpty }

    // MARK: Timers

    /// Runs `action` once, `delayMs` milliseconds from now or as soon after as the loop gets to it; never earlier.
    /// Timers that are due at the same time run in the order they were set. On the loop only.
    @discardableResult
    public func schedule(afterMs delayMs: Int64, _ action: @escaping () -> Void) -> TimerId {
        preconditionOnLoop()
        // A century is for ever, and stays clear of the clock's end.
        let boundedMs = UInt64(min(max(delayMs, 0), 100 * 365 * 86_400_000))
        return timers.insert(deadlineNs: MonotonicClock.nowNs + boundedMs * 1_000_000, action)
    }

    /// Forgets a timer and what its action holds. False when it has run or was cancelled already. On the loop only.
    @discardableResult
    public func cancel(_ timer: TimerId) -> Bool {
        preconditionOnLoop()
        return timers.cancel(timer)
    }

    private func runDueTimers() {
        guard timers.nextDeadlineNs != nil else { return }
        let nowNs = MonotonicClock.nowNs
        let limit = timers.nextSequence
        while let action = timers.popDue(nowNs: nowNs, sequenceLimit: limit) { action() }
    }

    // MARK: Descriptors

    /// Gives `target` an id under which its descriptor can be watched.
    func register(_ target: any PollTarget) -> SlotId {
        targets.insert(target)
    }

    /// The id's events no longer find anything, even those that this turn has fetched already.
    func deregister(_ id: SlotId) {
        targets.remove(id)
    }

    func target(atIndex index: Int) -> (any PollTarget)? { targets[index: index] }

    /// Calls `target` once at the end of this turn, or of the next one when called in that phase.
    func atTurnEnd(_ target: any TurnEndTarget) {
        turnEndTargets.append(target)
    }

    // MARK: The turn

    /// The thread's body; returns after `stop`.
    func run() {
        threadId.store(UInt(pthread_self()), ordering: .relaxed)
        while !isStopping {
            let eventCount = poller.wait(timeoutMs: timeoutMs())
            isAsleep.store(false, ordering: .sequentiallyConsistent)
            turnMs = MonotonicClock.nowMs
            for index in 0..<eventCount {
                let event = poller.event(at: index)
                targets[event.registration]?.becameReady(event.readiness)
            }
            runDueTimers()
            runTasks()
            runTurnEnd()
        }
        runTakenTasks(untilMs: .max)
        takeTasks()
        runTakenTasks(untilMs: .max)
        for target in targets.elements { target.loopStopped() }
        threadId.store(0, ordering: .relaxed)
    }

    private func runTurnEnd() {
        swap(&turnEndTargets, &spareTurnEndTargets)
        for target in spareTurnEndTargets { target.turnEnded() }
        spareTurnEndTargets.removeAll(keepingCapacity: true)
    }

    /// Ends the loop after the turn in which the request arrives. From any thread.
    func stop() {
        execute { self.isStopping = true }
    }

    /// How long the poller may wait: not at all, until the next timer, or (-1) until something happens.
    private func timeoutMs() -> Int32 {
        if !ownTasks.isEmpty || hasTakenTasks || !turnEndTargets.isEmpty { return 0 }
        var timeout: Int32 = -1
        if let deadlineNs = timers.nextDeadlineNs {
            let nowNs = MonotonicClock.nowNs
            if deadlineNs <= nowNs { return 0 }
            // Rounded up: waking too early would only mean waiting again.
            timeout = Int32(min((deadlineNs - nowNs + 999_999) / 1_000_000, UInt64(Int32.max)))
        }
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        let hasTasks = inbox.withLock { !$0.isEmpty }
        return hasTasks ? 0 : timeout
    }
}

/// What can be handed to a loop from another thread.
enum LoopTask: Sendable {
    case run(@Sendable () -> Void)
    /// The most frequent task has a form of its own, so that an answer from another thread allocates no closure.
    case answer(Reply, PendingAnswer)

    func run() {
        switch self {
        case .run(let task): task()
        case .answer(let reply, let answer): reply.connection.complete(reply.sequence, answer)
        }
    }
}

/// Tasks on their way through a loop's turns.
private struct TakenTasks {
    private var tasks: ContiguousArray<LoopTask> = []
    private var next = 0

    var isEmpty: Bool { next == tasks.count }

    /// Takes all of `given`, which gets the memory of those before. Only when they have all run.
    mutating func take(_ given: inout ContiguousArray<LoopTask>) {
        swap(&tasks, &given)
    }

    /// Lets go of what they held. Only when they have all run.
    mutating func forgetAll() {
        tasks.removeAll(keepingCapacity: tasks.count <= 1024)
        next = 0
    }

    /// The next task that is to be run; nil when there is none.
    mutating func removeNext() -> LoopTask? {
        guard next < tasks.count else { return nil }
        defer { next += 1 }
        return tasks[next]
    }
}

/// The owner of a descriptor that a loop watches.
protocol PollTarget: AnyObject {
    func becameReady(_ readiness: PollReadiness)
    /// The loop is about to end: give back what is open.
    func loopStopped()
}

/// Called once at the end of a turn, for what is cheaper done together.
protocol TurnEndTarget: AnyObject {
    func turnEnded()
}
