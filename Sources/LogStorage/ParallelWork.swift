// The same work over many things on a few threads: loading and closing thousands of logs.

import Synchronization

enum ParallelWork {
    /// Calls `body` for every item, on `threads` threads (this one is one of them); returns when all are done.
    static func run<Item: Sendable>(_ items: [Item], threads: Int, _ body: @escaping @Sendable (Item) -> Void) {
        let work = SharedWork(items, body)
        // Where there is no thread to be had the others do it all.
        let others = (1..<max(1, min(threads, items.count))).compactMap { _ in try? StorageThread { work.run() } }
        work.run()
        for thread in others { thread.join() }
    }

    private final class SharedWork<Item: Sendable>: Sendable {
        private let items: [Item]
        private let body: @Sendable (Item) -> Void
        private let next = Atomic<Int>(0)

        init(_ items: [Item], _ body: @escaping @Sendable (Item) -> Void) {
            self.items = items
            self.body = body
        }

        func run() {
            while true {
                let (slot, _) = next.add(1, ordering: .relaxed)
                guard slot < items.count else { return }
                body(items[slot])
            }
        }
    }
}
