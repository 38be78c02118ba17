// Java's hash of strings: groups are spread over partitions by it, and some of Kafka's choices follow its order.

/// Java's hashing, which Kafka's behaviour shows through in places.
public enum JavaHash {
    /// `String.hashCode`: over UTF-16 code units, modulo 2^32.
    public static func hashCode(_ text: String) -> Int32 {
        var text = text
        // Ids are ASCII nearly always; then a byte is a unit, and there are thousands of ids to an assignment.
        let ascii = text.withUTF8 { bytes -> Int32? in
            var hash: Int32 = 0
            var all: UInt8 = 0
            for byte in bytes {
                all |= byte
                hash = hash &* 31 &+ Int32(byte)
            }
            return all < 0x80 ? hash : nil
        }
        if let ascii { return ascii }
        var hash: Int32 = 0
        for unit in text.utf16 { hash = hash &* 31 &+ Int32(unit) }
        return hash
    }

    /// The partition of a topic that a group, or a transactional id, belongs to. Kafka: `Utils.abs(hashCode) % count`,
    /// where the one hash that has no positive counts as 0. (Records are spread by `toPositive`, which clears the
    /// sign's bit.)
    public static func partition(of id: String, count: Int32) -> Int32 {
        let hash = hashCode(id)
        return hash == .min ? 0 : abs(hash) % count
    }

    /// The bucket of a `HashMap` with its first 16 buckets: maps of up to 12 entries are gone through in this order.
    static func smallMapBucket(_ text: String) -> Int {
        let hash = UInt32(bitPattern: hashCode(text))
        return Int((hash ^ (hash >> 16)) & 15)
    }
}
