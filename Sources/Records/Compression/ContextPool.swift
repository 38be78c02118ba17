// Keeps a few of the codecs' contexts for the next batch: making one costs more than a small batch does.

import Synchronization

/// What a pool holds: a codec's state and buffers, without data of its own between two uses.
protocol PooledContext: AnyObject, Sendable {
    /// Forgets the data of the last use.
    func rest()
    /// The memory it holds on to; a context that grew large is not kept.
    var retainedBytes: Int { get }
}

/// Contexts of one kind that nobody uses. Few are kept, and none that grew large, so that an idle broker stays small.
final class ContextPool<Context: PooledContext>: Sendable {
    private let idle = Mutex<[Context]>([])
    private let limit: Int
    private let maxRetainedBytes: Int
    private let make: @Sendable () -> Context

    init(limit: Int, maxRetainedBytes: Int, make: @escaping @Sendable () -> Context) {
        self.limit = limit
        self.maxRetainedBytes = maxRetainedBytes
        self.make = make
    }

    /// A context for one user; it comes back when the lease ends.
    func lease() -> Lease<Context> {
        Lease(context: idle.withLock { $0.popLast() } ?? make(), pool: self)
    }

    fileprivate func takeBack(_ context: Context) {
        context.rest()
        guard context.retainedBytes <= maxRetainedBytes else { return }
        idle.withLock { if $0.count < limit { $0.append(context) } }
    }
}

/// The right to use a context, until the lease goes out of scope.
struct Lease<Context: PooledContext>: ~Copyable {
    let context: Context
    private let pool: ContextPool<Context>

    fileprivate init(context: Context, pool: ContextPool<Context>) {
        self.context = context
        self.pool = pool
    }

    deinit {
        pool.takeBack(context)
    }
}
