// The number by which a group sees that a topic it is subscribed to has changed (KIP-1101).

import CChecksum
import KafkaWire

/// Kafka's hash of topics: XXH3 over numbers and text, all little-endian. Kafka writes it into the group's record, so
/// that who opens the directory next does not take the topics for changed.
enum MetadataHash {
    /// A topic's hash:
    ///
    ///     0: uint8 | id: two uint64 | name | partition count: uint32 | for each partition: index: uint32 | for each of
    ///     its racks, ascending: length: uint32, rack
    ///
    /// A text is its UTF-16 units and then their number as a uint32.
    static func topic(_ topic: GroupTopic, racks: (Int) -> [String]) -> Int64 {
        var bytes: [UInt8] = [0]
        bytes.reserveCapacity(40 + 2 * topic.name.utf8.count + 4 * topic.partitionCount)
        append(topic.id.mostSignificantBits, to: &bytes)
        append(topic.id.leastSignificantBits, to: &bytes)
        append(topic.name, to: &bytes)
        append(UInt32(clamping: topic.partitionCount), to: &bytes)
        for partition in 0..<topic.partitionCount {
            append(UInt32(clamping: partition), to: &bytes)
            for rack in racks(partition).sorted(by: { $0.precedesInJava($1) }) {
                append(UInt32(clamping: rack.utf16.count), to: &bytes)
                append(rack, to: &bytes)
            }
        }
        return hash(bytes)
    }

    /// A group's hash: that of its topics' hashes in the order of their names; 0 for no topics.
    static func group(_ hashes: [(name: String, hash: Int64)]) -> Int64 {
        guard !hashes.isEmpty else { return 0 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * hashes.count)
        for topic in hashes.sorted(by: { $0.name.precedesInJava($1.name) }) { append(topic.hash, to: &bytes) }
        return hash(bytes)
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        for unit in text.utf16 { append(unit, to: &bytes) }
        append(UInt32(clamping: text.utf16.count), to: &bytes)
    }

    private static func hash(_ bytes: [UInt8]) -> Int64 {
        bytes.withUnsafeBytes { Int64(bitPattern: martlet_xxh3_64($0.baseAddress, $0.count)) }
    }
}
