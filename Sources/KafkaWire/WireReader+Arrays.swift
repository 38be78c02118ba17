// Reading arrays, nested structs and tagged fields.

import Bytes

extension WireReader {
    /// The number of elements. Nil for a null. An array of more elements than there are bytes left is refused at once,
    /// as Kafka refuses it.
    @usableFromInline
    mutating func readElementCount(_ field: StaticString, flexible: Bool) throws(WireError) -> Int? {
        let count = flexible ? try readCompactLength() : Int(try readInt32())
        if count < 0 { return nil }
        guard count <= remaining else {
            throw WireError(
                .tooManyElements, "array field \(field) claims \(count) elements, \(remaining) bytes are left")
        }
        return count
    }

    /// What an array takes besides its elements.
    @inlinable
    static var arrayHeaderBytes: Int { 32 }

    /// The room to take for `count` elements before any of them was read: never more than the bytes left can hold, and
    /// no more than a first few thousand.
    @inlinable
    func initialCapacity(_ count: Int, elementBytes: Int) -> Int {
        min(count, remaining / elementBytes, 4096)
    }

    // Structs

    @inlinable
    public mutating func readStructs<T: WireStruct>(
        _ field: StaticString, _ type: T.Type, version: Int16, flexible: Bool
    ) throws(WireError) -> [T] {
        guard let count = try readElementCount(field, flexible: flexible) else { throw unexpectedNull(field) }
        return try readElements(type, count, version: version)
    }

    @inlinable
    public mutating func readNullableStructs<T: WireStruct>(
        _ field: StaticString, _ type: T.Type, version: Int16, flexible: Bool
    ) throws(WireError) -> [T]? {
        guard let count = try readElementCount(field, flexible: flexible) else { return nil }
        return try readElements(type, count, version: version)
    }

    @inlinable
    mutating func readElements<T: WireStruct>(
        _ type: T.Type, _ count: Int, version: Int16
    ) throws(WireError) -> [T] {
        var elements: [T] = []
        if count == 0 { return elements }
        try takeMemory(1, strideBytes: Self.arrayHeaderBytes)
        try takeMemory(count, strideBytes: MemoryLayout<T>.stride)
        elements.reserveCapacity(initialCapacity(count, elementBytes: T.minimumSizeBytes))
        for _ in 0..<count {
            elements.append(try T(from: &self, version: version))
        }
        return elements
    }

    /// A struct after a byte that is negative for a null.
    @inlinable
    public mutating func readNullableStruct<T: WireStruct>(
        _ type: T.Type, version: Int16
    ) throws(WireError) -> T? {
        if try readInt8() < 0 { return nil }
        return try T(from: &self, version: version)
    }

    /// A struct in a tagged field, after a varint that is zero (or negative as Java sees it) for a null.
    @inlinable
    public mutating func readNullableTaggedStruct<T: WireStruct>(
        _ type: T.Type, version: Int16
    ) throws(WireError) -> T? {
        if Int32(bitPattern: try readUnsignedVarint()) <= 0 { return nil }
        return try T(from: &self, version: version)
    }

    // Integers

    @inlinable
    mutating func readElements<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, _ count: Int
    ) throws(WireError) -> [T] {
        let size = MemoryLayout<T>.size
        // The count is at most that of the bytes left, so the product is far from overflowing.
        var source = try advance(count &* size)
        var elements: [T] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            elements.append(T(bigEndian: base.loadUnaligned(fromByteOffset: source, as: T.self)))
            source &+= size
        }
        return elements
    }

    @inlinable
    public mutating func readIntegers<T: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString, _ type: T.Type, flexible: Bool
    ) throws(WireError) -> [T] {
        guard let count = try readElementCount(field, flexible: flexible) else { throw unexpectedNull(field) }
        return try readElements(type, count)
    }

    @inlinable
    public mutating func readNullableIntegers<T: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString, _ type: T.Type, flexible: Bool
    ) throws(WireError) -> [T]? {
        guard let count = try readElementCount(field, flexible: flexible) else { return nil }
        return try readElements(type, count)
    }

    // Strings

    mutating func readStringElements(
        _ field: StaticString, _ count: Int, flexible: Bool
    ) throws(WireError) -> [String] {
        try takeMemory(count, strideBytes: MemoryLayout<String>.stride)
        var elements: [String] = []
        elements.reserveCapacity(initialCapacity(count, elementBytes: flexible ? 1 : 2))
        for _ in 0..<count {
            elements.append(try readString(field, flexible: flexible))
        }
        return elements
    }

    public mutating func readStrings(_ field: StaticString, flexible: Bool) throws(WireError) -> [String] {
        guard let count = try readElementCount(field, flexible: flexible) else { throw unexpectedNull(field) }
        return try readStringElements(field, count, flexible: flexible)
    }

    public mutating func readNullableStrings(_ field: StaticString, flexible: Bool) throws(WireError) -> [String]? {
        guard let count = try readElementCount(field, flexible: flexible) else { return nil }
        return try readStringElements(field, count, flexible: flexible)
    }

    // Ids

    mutating func readUuidElements(_ count: Int) throws(WireError) -> [Uuid] {
        guard count <= remaining / 16 else { throw truncated(count &* 16) }
        var elements: [Uuid] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            elements.append(try readUuid())
        }
        return elements
    }

    public mutating func readUuids(_ field: StaticString, flexible: Bool) throws(WireError) -> [Uuid] {
        guard let count = try readElementCount(field, flexible: flexible) else { throw unexpectedNull(field) }
        return try readUuidElements(count)
    }

    public mutating func readNullableUuids(_ field: StaticString, flexible: Bool) throws(WireError) -> [Uuid]? {
        guard let count = try readElementCount(field, flexible: flexible) else { return nil }
        return try readUuidElements(count)
    }
}

// Tagged fields, at the end of every struct of a flexible version:
//
//   count: varint, then count times   tag: varint | size: varint | size bytes
//
// As in Kafka, the size of a field that the schema knows is not looked at: the field ends where its value does.
extension WireReader {
    /// The number of tagged fields. Java sees a signed integer: a negative one is no field at all.
    @inline(never)
    public mutating func readTagCount() throws(WireError) -> Int {
        max(0, Int(Int32(bitPattern: try readUnsignedVarint())))
    }

    /// A tag that the schema does not know, and what is in it.
    public mutating func readUnknownTaggedField(_ tag: UInt32, size: UInt32) throws(WireError) -> RawTaggedField {
        try takeMemory(1, strideBytes: MemoryLayout<RawTaggedField>.stride + Self.arrayHeaderBytes)
        return RawTaggedField(tag: tag, data: try readArray(Int(size)))
    }

    /// All tagged fields of a struct whose schema has none.
    public mutating func readUnknownTaggedFields() throws(WireError) -> [RawTaggedField] {
        let count = try readTagCount()
        if count == 0 { return [] }
        var fields: [RawTaggedField] = []
        for _ in 0..<count {
            let tag = try readUnsignedVarint()
            fields.append(try readUnknownTaggedField(tag, size: try readUnsignedVarint()))
        }
        return fields
    }

    public func invalidTag(_ tag: UInt32, version: Int16) -> WireError {
        WireError(.invalidTag, "tag \(tag) is not valid for version \(version)")
    }
}
