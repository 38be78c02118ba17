// The same work over many things on a few threads: loading and closing thousands of logs.

import Glibc
import Synchronization

enum ParallelWork {
    /// Calls `body` for every item, on `threads` threads (this one is one of them); returns when all are done.
    static func run<Item: Sendable>(_ items: [Item], threads: Int, _ body: @escaping @Sendable (Item) -> Void) {
        let work = SharedWork(items, body)
        var started: [pthread_t] = []
        for _ in 1..<max(1, min(threads, items.count)) {
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(work as RunnableWork).toOpaque()
            let result = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<RunnableWork>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                }, argument)
            if result == 0 {
                started.append(thread)
            } else {
                // No thread to be had: this one does it all.
                Unmanaged<RunnableWork>.fromOpaque(argument).release()
            }
        }
        work.run()
        for thread in started { pthread_join(thread, nil) }
    }

    /// What a thread is started with: a class without type parameters.
    private class RunnableWork {
        func run() {}
    }

    private final class SharedWork<Item: Sendable>: RunnableWork {
        private let items: [Item]
        private let body: @Sendable (Item) -> Void
        private let next = Atomic<Int>(0)

        init(_ items: [Item], _ body: @escaping @Sendable (Item) -> Void) {
            self.items = items
            self.body = body
        }

        override func run() {
            while true {
                let (slot, _) = next.add(1, ordering: .relaxed)
                guard slot < items.count else { return }
                body(items[slot])
            }
        }
    }
}
