// The order in which a java.util.HashMap gives back its keys: Kafka answers configurations in it.

/// The order of a Java hash map.
enum JavaHashOrder {
    /// How a map came to its entries, which decides how many buckets it has.
    enum Filling {
        /// One by one: it doubles whenever it is more than three quarters full.
        case oneByOne
        /// Copied from another map: it takes a third more than it needs, and one.
        case copied
    }

    /// Sorts as a `HashMap` with these keys would be walked through. The keys of one bucket keep their order.
    static func sorted<Element>(
        _ elements: [Element], filling: Filling = .oneByOne, by name: (Element) -> String
    ) -> [Element] {
        var capacity = filling == .oneByOne ? 16 : 1
        switch filling {
        case .oneByOne: while elements.count > capacity * 3 / 4 { capacity *= 2 }
        case .copied: while capacity < elements.count * 4 / 3 + 1 { capacity *= 2 }
        }
        let buckets = elements.map { bucket(of: name($0), capacity: capacity) }
        return elements.indices.sorted { (buckets[$0], $0) < (buckets[$1], $1) }.map { elements[$0] }
    }

    private static func bucket(of name: String, capacity: Int) -> Int {
        let hash = UInt32(bitPattern: JavaText.hashCode(name))
        return Int(hash ^ (hash >> 16)) & (capacity - 1)
    }
}
