// The ids of log directories that stand for no directory (KIP-858).

import KafkaWire

/// Reserved directory ids. Kafka: `DirectoryId`.
public enum DirectoryId {
    /// The replica was placed before there were directory ids.
    public static let migrating = Uuid.zero
    /// The broker has several directories and has not chosen yet.
    public static let unassigned = Uuid(mostSignificantBits: 0, leastSignificantBits: 1)
    /// A directory that is no longer there.
    public static let lost = Uuid(mostSignificantBits: 0, leastSignificantBits: 2)

    /// Whether `id` is none that a directory has: Kafka keeps the first hundred for itself.
    public static func isReserved(_ id: Uuid) -> Bool {
        id.mostSignificantBits == 0 && id.leastSignificantBits < 100
    }

    /// An id for a new directory.
    public static func random() -> Uuid {
        while true {
            let id = Uuid.random()
            if !isReserved(id) { return id }
        }
    }
}
