// A record's headers: out of bytes, and into them.

/// One header of a record.
public struct RecordHeader: Hashable, Sendable {
    public var key: String
    public var value: [UInt8]?

    public init(key: String, value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// Headers as they lie in a record, and their encoding.
enum HeaderList {
    /// No headers: a count of 0.
    static let empty: [UInt8] = [0]

    /// Calls `body` with each header of a list whose form was checked. The bytes begin after the count.
    static func forEach(
        _ count: Int32, in bytes: UnsafeRawBufferPointer,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void
    ) {
        guard let base = bytes.baseAddress else { return }
        var reader = VarintReader(base, count: bytes.count)
        for _ in 0..<max(count, 0) {
            let keyLength = reader.varint()
            let key = UnsafeRawBufferPointer(start: reader.at, count: Int(max(keyLength, 0)))
            reader.skip(keyLength)
            let valueLength = reader.varint()
            let value = valueLength < 0 ? nil : UnsafeRawBufferPointer(start: reader.at, count: Int(valueLength))
            reader.skip(valueLength)
            guard !reader.isBad else { return }
            body(key, value)
        }
    }

    /// Appends the encoding of a list to `target`. Keys that are not UTF-8 are mended with U+FFFD, as they are when
    /// Kafka reads and writes them.
    static func rewrite(_ count: Int32, in bytes: UnsafeRawBufferPointer, into target: inout [UInt8]) {
        append(count, to: &target)
        forEach(count, in: bytes) { key, value in
            append(key: String(decoding: key, as: UTF8.self), value: value, to: &target)
        }
    }

    static func encode(_ headers: [RecordHeader], into target: inout [UInt8]) {
        append(Int32(headers.count), to: &target)
        for header in headers {
            if let value = header.value {
                value.withUnsafeBytes { append(key: header.key, value: $0, to: &target) }
            } else {
                append(key: header.key, value: nil, to: &target)
            }
        }
    }

    private static func append(key: String, value: UnsafeRawBufferPointer?, to target: inout [UInt8]) {
        append(Int32(key.utf8.count), to: &target)
        target.append(contentsOf: key.utf8)
        append(value.map { Int32($0.count) } ?? -1, to: &target)
        if let value { target.append(contentsOf: value) }
    }

    private static func append(_ value: Int32, to target: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: VarintWriter.maxVarintBytes, alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return }
            var writer = VarintWriter(base)
            writer.varint(value)
            target.append(contentsOf: buffer[..<(writer.at - base)])
        }
    }
}
