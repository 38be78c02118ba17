// Checking all logs for what their retention lets go of, again and again.

import Synchronization

/// When retention is checked, in ms. Kafka's defaults.
public struct RetentionSchedule: Hashable, Sendable {
    /// `log.initial.task.delay.ms`
    public var initialDelayMs: Int64 = 30_000
    /// `log.retention.check.interval.ms`
    public var checkIntervalMs: Int64 = 300_000

    public init(initialDelayMs: Int64 = 30_000, checkIntervalMs: Int64 = 300_000) {
        self.initialDelayMs = initialDelayMs
        self.checkIntervalMs = checkIntervalMs
    }
}

extension LogRegistry {
    /// Starts what goes by the clock: the checks of retention. To be called once, after `loadLogs`; `close` ends it.
    /// The work is done on the registry's own background thread. (Checkpoints and `flush.ms` need no start: they follow
    /// changes.)
    public func startBackgroundWork(_ schedule: RetentionSchedule = RetentionSchedule()) {
        scheduleRetention(afterMs: schedule.initialDelayMs, schedule)
    }

    private func scheduleRetention(afterMs delayMs: Int64, _ schedule: RetentionSchedule) {
        environment.worker.run(afterMs: delayMs) { [weak self] in
            guard let self else { return }
            self.deleteOldSegments()
            self.scheduleRetention(afterMs: max(1, schedule.checkIntervalMs), schedule)
        }
    }

    /// Checks every log, and gives back how many segments went. A failure takes the log's directory offline. Kafka:
    /// `LogManager.cleanupLogs`; there the cleaner does this for compacted logs.
    @discardableResult
    public func deleteOldSegments() -> Int {
        var deleted = 0
        for log in logs {
            deleted += (try? log.deleteOldSegments()) ?? 0
        }
        return deleted
    }
}
