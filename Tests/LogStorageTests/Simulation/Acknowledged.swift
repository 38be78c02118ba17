// What completions said is on disk, until the simulation takes note of it.

import Synchronization

@testable import LogStorage

final class Acknowledged: Sendable {
    private let ends = Mutex<[TopicPartition: Int64]>([:])

    func note(_ partition: TopicPartition, _ end: Int64) {
        ends.withLock { $0[partition] = max($0[partition] ?? 0, end) }
    }

    func take() -> [TopicPartition: Int64] {
        ends.withLock { ends in
            defer { ends = [:] }
            return ends
        }
    }
}
