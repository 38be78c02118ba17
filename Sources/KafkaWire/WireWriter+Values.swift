// Writing strings, bytes, records, arrays and tagged fields. WireReader draws their layouts.

import Bytes

extension WireWriter {
    // A null in a field that has none at this version is a fault of the caller's that must not cost the process: the
    // writer notes it, and writes an empty value.
    mutating func failNull(_ what: String) {
        fail(.unexpectedNull, "\(what) of a version that has no null is null")
    }

    // Strings

    public mutating func writeString(_ value: String, flexible: Bool) {
        var text = value
        text.withUTF8 { utf8 in
            let fits = utf8.count <= 0x7FFF
            if !fits { fail(.invalidLength, "a string of \(utf8.count) bytes") }
            let bytes = fits ? utf8 : UnsafeBufferPointer(rebasing: utf8[..<0])
            if flexible {
                writeUnsignedVarint(UInt32(bytes.count) &+ 1)
            } else {
                writeInt16(Int16(bytes.count))
            }
            writeRaw(UnsafeRawBufferPointer(bytes))
        }
    }

    /// `nullable` says whether the version has a null.
    public mutating func writeNullableString(_ value: String?, flexible: Bool, nullable: Bool = true) {
        if let value { return writeString(value, flexible: flexible) }
        if !nullable {
            failNull("a string")
            writeString("", flexible: flexible)
        } else if flexible {
            writeUnsignedVarint(0)
        } else {
            writeInt16(-1)
        }
    }

    // Bytes, records, arrays: one form of length

    /// The length of bytes or records, or the number of elements.
    @usableFromInline
    mutating func writeLength(_ length: Int, flexible: Bool) {
        if flexible {
            writeUnsignedVarint(UInt32(length) &+ 1)
        } else {
            writeInt32(Int32(length))
        }
    }

    /// The length that stands for a null; an empty value where the version has none.
    @usableFromInline
    mutating func writeNull(flexible: Bool, nullable: Bool) {
        if !nullable {
            failNull("bytes or an array")
            writeLength(0, flexible: flexible)
        } else if flexible {
            writeUnsignedVarint(0)
        } else {
            writeInt32(-1)
        }
    }

    public mutating func writeBytes(_ value: [UInt8], flexible: Bool) {
        writeLength(value.count, flexible: flexible)
        value.withUnsafeBytes { writeRaw($0) }
    }

    public mutating func writeNullableBytes(_ value: [UInt8]?, flexible: Bool, nullable: Bool = true) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeBytes(value, flexible: flexible)
    }

    public mutating func writeRecords(_ value: RecordsPayload, flexible: Bool) {
        writeLength(value.sizeBytes, flexible: flexible)
        switch value {
        case .bytes(let slice) where slice.count <= Self.copiedRecordsBytes: writeRaw(slice)
        case .bytes(let slice): append(.bytes(slice))
        case .file(let region): append(.file(region))
        }
    }

    public mutating func writeNullableRecords(_ value: RecordsPayload?, flexible: Bool, nullable: Bool = true) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeRecords(value, flexible: flexible)
    }

    // Arrays

    @inlinable
    public mutating func writeStructs<T: WireStruct>(_ value: [T], version: Int16, flexible: Bool) {
        writeLength(value.count, flexible: flexible)
        for element in value {
            element.encode(to: &self, version: version)
        }
    }

    @inlinable
    public mutating func writeNullableStructs<T: WireStruct>(
        _ value: [T]?, version: Int16, flexible: Bool, nullable: Bool = true
    ) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeStructs(value, version: version, flexible: flexible)
    }

    @inlinable
    public mutating func writeIntegers<T: FixedWidthInteger & BitwiseCopyable>(_ value: [T], flexible: Bool) {
        writeLength(value.count, flexible: flexible)
        var target = room(value.count * MemoryLayout<T>.size)
        for element in value {
            target.storeBytes(of: element.bigEndian, as: T.self)
            target += MemoryLayout<T>.size
        }
    }

    @inlinable
    public mutating func writeNullableIntegers<T: FixedWidthInteger & BitwiseCopyable>(
        _ value: [T]?, flexible: Bool, nullable: Bool = true
    ) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeIntegers(value, flexible: flexible)
    }

    public mutating func writeStrings(_ value: [String], flexible: Bool) {
        writeLength(value.count, flexible: flexible)
        for element in value {
            writeString(element, flexible: flexible)
        }
    }

    public mutating func writeNullableStrings(_ value: [String]?, flexible: Bool, nullable: Bool = true) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeStrings(value, flexible: flexible)
    }

    public mutating func writeUuids(_ value: [Uuid], flexible: Bool) {
        writeLength(value.count, flexible: flexible)
        for element in value {
            writeUuid(element)
        }
    }

    public mutating func writeNullableUuids(_ value: [Uuid]?, flexible: Bool, nullable: Bool = true) {
        guard let value else { return writeNull(flexible: flexible, nullable: nullable) }
        writeUuids(value, flexible: flexible)
    }

    // Structs that may be null

    @inlinable
    public mutating func writeNullableStruct<T: WireStruct>(_ value: T?, version: Int16, nullable: Bool = true) {
        if nullable { writeInt8(value == nil ? -1 : 1) }
        if let value {
            value.encode(to: &self, version: version)
        } else if !nullable {
            failNullStruct()
            T().encode(to: &self, version: version)
        }
    }

    @usableFromInline
    mutating func failNullStruct() { failNull("a struct") }

    @inlinable
    public mutating func writeNullableTaggedStruct<T: WireStruct>(_ value: T?, version: Int16) {
        guard let value else { return writeUnsignedVarint(0) }
        writeUnsignedVarint(1)
        value.encode(to: &self, version: version)
    }
}

// Tagged fields. Their number and their sizes come before them, and are known after them: a byte is left for each, and
// patched. Fields at their default are not written, as in Kafka.
extension WireWriter {
    /// Begins the tagged fields of a struct. Gives what `endTags` wants.
    @inline(never)
    public mutating func beginTags() -> Int {
        writeInteger(0 as UInt8)
        return count &- 1
    }

    /// Ends the tagged fields of a struct: `number` of them that the schema knows, and the others.
    public mutating func endTags(_ start: Int, _ number: UInt32, _ unknown: [RawTaggedField]) {
        if unknown.isEmpty {
            if number > 0 { patchVarint(number, at: start) }
            return
        }
        for field in unknown {
            writeUnsignedVarint(field.tag)
            writeUnsignedVarint(UInt32(field.data.count))
            field.data.withUnsafeBytes { writeRaw($0) }
        }
        patchVarint(number &+ UInt32(unknown.count), at: start)
    }

    /// Tagged fields of a struct whose schema has none.
    @inline(never)
    public mutating func writeTags(_ unknown: [RawTaggedField]) {
        let start = beginTags()
        if !unknown.isEmpty { endTags(start, 0, unknown) }
    }

    /// Begins one tagged field. Gives what `endTag` wants.
    public mutating func beginTag(_ tag: UInt32) -> Int {
        writeUnsignedVarint(tag)
        return beginTags()
    }

    public mutating func endTag(_ start: Int) {
        // Less than nothing when the writer was full and began again.
        patchVarint(UInt32(truncatingIfNeeded: count &- start &- 1), at: start)
    }
}
