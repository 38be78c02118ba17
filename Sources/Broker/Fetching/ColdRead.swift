// Answers whose records are not in memory: a worker reads them from the disk first, so that the loop does not wait for
// it.

import Bytes
import EventLoop
import Files
import KafkaWire

/// Brings ranges of segments into memory before they are sent. What a consumer at the end of a log reads is there
/// already; who reads an old segment gets each answer a little later, and nobody else does.
struct ColdRead {
    private let regions: [FileRegion]

    /// The ranges of `result` that would be read from the disk; nil when there are none, as nearly always. The system
    /// is asked once a range, about a microsecond each.
    init?(_ result: FetchRead.Result) {
        var cold: [FileRegion] = []
        for (_, data) in result.answers {
            guard case .file(let region)? = data.records, !region.isInMemory else { continue }
            cold.append(region)
        }
        if cold.isEmpty { return nil }
        regions = cold
    }

    /// Reads them on one of `workers`, then runs `body` on `loop`.
    func perform(on workers: WorkerPool, then loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        workers.submit { [regions] in
            for region in regions { region.bringIntoMemory() }
            loop.execute(body)
        }
    }
}
