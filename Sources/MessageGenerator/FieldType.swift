// The types that fields have, and what each is in Swift.

/// The type of a field.
indirect enum FieldType: Hashable, Sendable {
    case bool, int8, int16, uint16, int32, uint32, int64, float64, uuid
    case string, bytes, records
    case structure(String)
    case array(FieldType)

    init(_ text: String) {
        if text.hasPrefix("[]") {
            self = .array(FieldType(String(text.dropFirst(2))))
        } else {
            self = Self.primitives[text] ?? .structure(text)
        }
    }

    private static let primitives: [String: FieldType] = [
        "bool": .bool, "int8": .int8, "int16": .int16, "uint16": .uint16, "int32": .int32, "uint32": .uint32,
        "int64": .int64, "float64": .float64, "uuid": .uuid, "string": .string, "bytes": .bytes, "records": .records,
    ]

    /// The Swift type of a value that is not null.
    var swift: String {
        switch self {
        case .bool: "Bool"
        case .int8: "Int8"
        case .int16: "Int16"
        case .uint16: "UInt16"
        case .int32: "Int32"
        case .uint32: "UInt32"
        case .int64: "Int64"
        case .float64: "Double"
        case .uuid: "Uuid"
        case .string: "String"
        case .bytes: "[UInt8]"
        case .records: "RecordsPayload"
        case .structure(let name): name
        case .array(let element): "[\(element.swift)]"
        }
    }

    /// What the functions of the reader and the writer call a type that is never null and has no length.
    var primitiveName: String? {
        switch self {
        case .float64: "Float64"
        case .bool, .int8, .int16, .uint16, .int32, .uint32, .int64, .uuid: swift
        default: nil
        }
    }

    /// The size of a type that has a fixed one.
    var fixedSizeBytes: Int? {
        switch self {
        case .bool, .int8: 1
        case .int16, .uint16: 2
        case .int32, .uint32: 4
        case .int64, .float64: 8
        case .uuid: 16
        default: nil
        }
    }

    /// The struct that the field is, or is an array of.
    var structureName: String? {
        switch self {
        case .structure(let name): name
        case .array(let element): element.structureName
        default: nil
        }
    }
}
