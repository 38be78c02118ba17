// A dictionary that is cheap to change after it was shared: the copy that a change needs is of one shard, not of all
// entries.

/// A dictionary in 128 shards, each copied on its own when it is changed while another value shares it.
///
/// An image of the metadata is shared with its readers the moment it is published, so the next change finds every
/// collection shared. Of 5,000 topics, creating one more copies about 40 entries.
public struct ShardedDictionary<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private static var shardCount: Int { 128 }

    /// Empty until there is an entry.
    private var shards: [[Key: Value]] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    private static func shard(of key: Key) -> Int {
        // The top bits: a Dictionary uses the lower ones of the same hash.
        Int(truncatingIfNeeded: UInt(bitPattern: key.hashValue) >> (UInt.bitWidth - 7))
    }

    /// Setting nil removes the entry.
    public subscript(key: Key) -> Value? {
        get {
            guard count > 0 else { return nil }
            return shards[Self.shard(of: key)][key]
        }
        _modify {
            if shards.isEmpty { shards = Array(repeating: [:], count: Self.shardCount) }
            let shard = Self.shard(of: key)
            let before = shards[shard].count
            defer { count += shards[shard].count - before }
            yield &shards[shard][key]
        }
    }

    /// The entry's value, or `value` where there is none; changing it makes the entry.
    public subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        _modify {
            if shards.isEmpty { shards = Array(repeating: [:], count: Self.shardCount) }
            let shard = Self.shard(of: key)
            let before = shards[shard].count
            defer { count += shards[shard].count - before }
            yield &shards[shard][key, default: value()]
        }
    }

    /// Takes an entry out.
    @discardableResult
    public mutating func removeValue(forKey key: Key) -> Value? {
        guard self[key] != nil else { return nil }
        count -= 1
        return shards[Self.shard(of: key)].removeValue(forKey: key)
    }

    /// The entries, in no order.
    public var entries: some Sequence<(key: Key, value: Value)> {
        shards.lazy.flatMap { $0.lazy.map { ($0.key, $0.value) } }
    }

    public var keys: some Sequence<Key> { shards.lazy.flatMap { $0.keys } }

    public var values: some Sequence<Value> { shards.lazy.flatMap { $0.values } }
}

extension ShardedDictionary: Equatable where Value: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        return left.entries.allSatisfy { right[$0.key] == $0.value }
    }
}
