// What completions said is on disk, until the simulation takes note of it.

import KafkaWire
import Synchronization

final class Acknowledged: Sendable {
    /// By topic: a partition that was deleted and made again is another.
    private let ends = Mutex<[Uuid: Int64]>([:])

    func note(_ topicId: Uuid, _ end: Int64) {
        ends.withLock { $0[topicId] = max($0[topicId] ?? 0, end) }
    }

    func take() -> [Uuid: Int64] {
        ends.withLock { ends in
            defer { ends = [:] }
            return ends
        }
    }
}
