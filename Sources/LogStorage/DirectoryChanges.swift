// Knows what changed in a log directory since its checkpoints were written, so that nothing is written, and no timer
// runs, while nothing changes.

import Synchronization

/// What of a directory's logs changed.
struct LogChange: OptionSet, Sendable {
    let rawValue: UInt8
    static let highWatermark = LogChange(rawValue: 1)
    static let recoveryPoint = LogChange(rawValue: 2)
    static let startOffset = LogChange(rawValue: 4)
    /// A producer wrote, and is to be forgotten some day.
    static let producers = LogChange(rawValue: 8)

    /// A compacted log was rolled, or became one.
    static let cleanable = LogChange(rawValue: 16)

    static let each: [LogChange] = [.highWatermark, .recoveryPoint, .startOffset, .producers, .cleanable]
}

/// The first change of a kind starts a timer; when it has fired, the next change does so again.
final class DirectoryChanges: Sendable {
    private let pending = Atomic<UInt8>(0)
    private let worker: any WorkQueue
    private let delayMs: @Sendable (LogChange) -> Int64
    private let act = Mutex<(@Sendable (LogChange) -> Void)?>(nil)

    init(worker: any WorkQueue, delayMs: @escaping @Sendable (LogChange) -> Int64) {
        self.worker = worker
        self.delayMs = delayMs
    }

    /// What is done about a change, on the worker's thread.
    func onChange(_ action: (@Sendable (LogChange) -> Void)?) {
        act.withLock { $0 = action }
    }

    /// On the append path: a load, nearly always.
    @inline(__always)
    func note(_ change: LogChange) {
        if pending.load(ordering: .relaxed) & change.rawValue == change.rawValue { return }
        start(change)
    }

    private func start(_ changes: LogChange) {
        let (old, _) = pending.bitwiseOr(changes.rawValue, ordering: .acquiringAndReleasing)
        for change in LogChange.each where changes.contains(change) && old & change.rawValue == 0 {
            worker.run(afterMs: delayMs(change)) { [weak self] in
                guard let self else { return }
                // First: what changes from here on is a change again.
                self.pending.bitwiseAnd(~change.rawValue, ordering: .acquiringAndReleasing)
                self.act.withLock { $0 }?(change)
            }
        }
    }
}
