// The order in which Java's hash sets and maps are walked: Kafka's assignors give partitions out in it.

import KafkaWire

/// A value with the hash code that Java gives it.
protocol JavaHashable {
    var javaHash: Int32 { get }
}

extension String: JavaHashable {
    /// `java.lang.String.hashCode`: s[0]·31ⁿ⁻¹ + … + s[n-1] over UTF-16 units.
    var javaHash: Int32 { JavaHash.hashCode(self) }

    /// `java.lang.String.compareTo`: by UTF-16 units.
    func precedesInJava(_ other: String) -> Bool { utf16.lexicographicallyPrecedes(other.utf16) }
}

extension Int32: JavaHashable {
    var javaHash: Int32 { self }
}

extension Uuid: JavaHashable {
    /// `org.apache.kafka.common.Uuid.hashCode`: the halves and then their halves, exclusive or.
    var javaHash: Int32 {
        let both = mostSignificantBits ^ leastSignificantBits
        return Int32(truncatingIfNeeded: both >> 32) ^ Int32(truncatingIfNeeded: both)
    }

    /// `org.apache.kafka.common.Uuid.compareTo`: the halves as signed numbers.
    func precedesInJava(_ other: Uuid) -> Bool {
        let ours = Int64(bitPattern: mostSignificantBits), theirs = Int64(bitPattern: other.mostSignificantBits)
        if ours != theirs { return ours < theirs }
        return Int64(bitPattern: leastSignificantBits) < Int64(bitPattern: other.leastSignificantBits)
    }
}

/// The order of a `java.util.HashMap` or `HashSet`: by bucket, and within a bucket by insertion. How many buckets there
/// are depends on how the table was made and has grown. Buckets so full that Java makes trees of them are not imitated;
/// eight keys of one bucket are rarer than any group is large.
struct JavaOrder {
    private(set) var buckets: Int

    /// `new HashMap<>()`, and `new HashMap<>(capacity)`.
    init(capacity: Int = 16) {
        buckets = 1
        while buckets < capacity { buckets *= 2 }
    }

    /// `new HashSet<>(collection)`.
    init(copyOf count: Int) {
        self.init(capacity: max(Int(Float(count) / 0.75) + 1, 16))
    }

    /// The table as it is with `count` keys: it doubles when it is more than three quarters full.
    func grown(to count: Int) -> JavaOrder {
        var grown = self
        while count > Int(Float(grown.buckets) * 0.75) { grown.buckets *= 2 }
        return grown
    }

    func bucket(of key: some JavaHashable) -> Int {
        let hash = UInt32(bitPattern: key.javaHash)
        return Int(hash ^ (hash >> 16)) & (buckets - 1)
    }

    /// The elements as they are walked, given as they were inserted.
    func walk<Element>(_ inserted: [Element], by key: (Element) -> some JavaHashable) -> [Element] {
        if inserted.count < 2 { return inserted }
        let numbers = inserted.map { bucket(of: key($0)) }
        var isInOrder = true
        for index in 1..<numbers.count where numbers[index - 1] > numbers[index] {
            isInOrder = false
            break
        }
        if isInOrder { return inserted }
        return places(of: numbers).map { inserted[$0] }
    }

    /// The elements' places by their buckets' numbers; within a bucket they stay in their order.
    private func places(of numbers: [Int]) -> [Int] {
        guard buckets <= 8 * numbers.count else {
            return numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        }
        var next = Array(repeating: 0, count: buckets)
        for number in numbers { next[number] += 1 }
        var start = 0
        for bucket in next.indices {
            let count = next[bucket]
            next[bucket] = start
            start += count
        }
        var places = Array(repeating: 0, count: numbers.count)
        for (place, number) in numbers.enumerated() {
            places[next[number]] = place
            next[number] += 1
        }
        return places
    }

    func walk<Element: JavaHashable>(_ inserted: [Element]) -> [Element] { walk(inserted) { $0 } }
}
