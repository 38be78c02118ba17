// The order in which a java.util.HashMap gives back its keys: Kafka answers configurations in it.

/// The order of a Java hash map.
enum JavaHashOrder {
    /// Sorts as a `HashMap` with these keys, and none taken out since, would be walked through. The keys are put in in
    /// the order given: those of one bucket keep it.
    static func sorted<Element>(_ elements: [Element], by name: (Element) -> String) -> [Element] {
        // A map of the default size doubles whenever it is more than three quarters full.
        var capacity = 16
        while elements.count > capacity * 3 / 4 { capacity *= 2 }
        let buckets = elements.map { bucket(of: name($0), capacity: capacity) }
        return elements.indices.sorted { (buckets[$0], $0) < (buckets[$1], $1) }.map { elements[$0] }
    }

    private static func bucket(of name: String, capacity: Int) -> Int {
        let hash = UInt32(bitPattern: JavaText.hashCode(name))
        return Int(hash ^ (hash >> 16)) & (capacity - 1)
    }
}
