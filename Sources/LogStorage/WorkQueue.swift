// What logs hand work to that may block or has to wait.

/// Runs jobs one after the other, away from whoever hands them in. `BackgroundWorker` does so on a thread; a simulation
/// may do so by hand, in an order that a seed decides.
public protocol WorkQueue: AnyObject, Sendable {
    /// Runs `job` `delayMs` from now at the earliest. After `stop`, jobs are dropped.
    func run(afterMs delayMs: Int64, _ job: @escaping @Sendable () -> Void)
    /// Drops the jobs that wait and lets the one that runs end. Not to be called from a job.
    func stop()
}

extension WorkQueue {
    public func run(_ job: @escaping @Sendable () -> Void) {
        run(afterMs: 0, job)
    }
}
