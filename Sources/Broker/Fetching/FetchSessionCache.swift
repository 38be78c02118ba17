// The fetch sessions of the broker: a bounded number, the stale and the small ones pushed out for others. KIP-227.

import KafkaMessages
import KafkaWire
import Synchronization

/// The sessions by id. At most `max.incremental.fetch.session.cache.slots` of them.
///
/// A new session takes the place of one that was not used for `evictionMs`; or, when the newcomer is a follower's, of
/// any client's; or of a smaller one that is older than that time. Else there is none for it, and the client goes on
/// with full requests.
final class FetchSessionCache: Sendable {
    private struct Entry: Sendable {
        let session: FetchSession
        var lastUsedMs: Int64
        var partitionCount: Int
    }

    /// How long a session is safe from smaller and younger ones. Kafka's constant:
    /// `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`.
    static let evictionMs: Int64 = 120_000

    private let maxEntries: Int
    private let evictionMs: Int64
    private let entries = Mutex<[Int32: Entry]>([:])

    init(maxEntries: Int, evictionMs: Int64) {
        self.maxEntries = maxEntries
        self.evictionMs = evictionMs
    }

    var count: Int { entries.withLock { $0.count } }

    func session(_ id: Int32) -> FetchSession? {
        entries.withLock { $0[id]?.session }
    }

    func remove(_ id: Int32) {
        entries.withLock { _ = $0.removeValue(forKey: id) }
    }

    /// Notes that a session was used, and how many partitions it has now.
    func touch(_ session: FetchSession, partitionCount: Int, nowMs: Int64) {
        entries.withLock { entries in
            guard entries[session.id] != nil else { return }
            entries[session.id]!.lastUsedMs = nowMs
            entries[session.id]!.partitionCount = partitionCount
        }
    }

    /// A new session of these partitions; nil when there is no room and nobody to push out.
    func create(partitions: FetchPartitionList, isPrivileged: Bool, usesTopicIds: Bool, nowMs: Int64) -> FetchSession? {
        entries.withLock { entries in
            if entries.count >= maxEntries {
                guard
                    let victim = Self.victim(
                        in: entries, isPrivileged: isPrivileged, partitionCount: partitions.count,
                        evictionMs: evictionMs,
                        nowMs: nowMs)
                else { return nil }
                entries[victim] = nil
            }
            var id: Int32
            repeat { id = Int32.random(in: 1...Int32.max - 1) } while entries[id] != nil
            let session = FetchSession(
                id: id, isPrivileged: isPrivileged, usesTopicIds: usesTopicIds, createdMs: nowMs, partitions: partitions
            )
            entries[id] = Entry(session: session, lastUsedMs: nowMs, partitionCount: partitions.count)
            return session
        }
    }

    /// Whom a newcomer pushes out. A walk over the cache (1,000 entries by default), only when it is full.
    private static func victim(
        in entries: [Int32: Entry], isPrivileged: Bool, partitionCount: Int, evictionMs: Int64, nowMs: Int64
    ) -> Int32? {
        guard let stalest = entries.values.min(by: { ($0.lastUsedMs, $0.session.id) < ($1.lastUsedMs, $1.session.id) })
        else { return nil }
        if nowMs - stalest.lastUsedMs > evictionMs { return stalest.session.id }

        func key(_ entry: Entry) -> (Int, Int, Int32) {
            (entry.session.isPrivileged ? 1 : 0, entry.partitionCount, entry.session.id)
        }
        // A follower's session may push out any client's at once; else only one that has had its time.
        let candidates = entries.values.filter { entry in
            let hadItsTime = nowMs - entry.session.createdMs > evictionMs
            return (isPrivileged && !entry.session.isPrivileged) || hadItsTime
        }
        guard let least = candidates.min(by: { key($0) < key($1) }) else { return nil }
        let newcomer = (isPrivileged ? 1 : 0, partitionCount, Int32(0))
        return newcomer < key(least) ? nil : least.session.id
    }
}
