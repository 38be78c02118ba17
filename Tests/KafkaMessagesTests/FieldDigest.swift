// What a message holds, as one number that WriteVectors.java makes of Kafka's classes too.

import Bytes
import KafkaMessages
import KafkaWire

/// Text of a message's values by the names of their fields, in the order of the names.
struct FieldDigest {
    private var text = ""

    /// FNV-1a of the text.
    static func of(_ message: any WireMessage) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in describe(message).utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return hash
    }

    static func describe(_ message: any WireMessage) -> String {
        var digest = FieldDigest()
        digest.append(message)
        return digest.text
    }

    private mutating func append(_ value: Any) {
        switch value {
        case let value as String: text += "\"\(value)\""
        case let value as Bool: text += "\(value)"
        case let value as Double: text += String(value.bitPattern, radix: 16)
        case let value as any FixedWidthInteger: text += "\(value)"
        case let value as Uuid:
            text += String(value.mostSignificantBits, radix: 16) + "-"
            text += String(value.leastSignificantBits, radix: 16)
        case let value as RecordsPayload:
            guard case .bytes(let slice) = value else { preconditionFailure("a file range was decoded") }
            appendBytes(slice.array)
        default: appendComposite(value)
        }
    }

    private mutating func appendComposite(_ value: Any) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            if let wrapped = mirror.children.first { append(wrapped.value) } else { text += "~" }
        case .collection:
            // An empty array tells its type by the mirror alone.
            if mirror.subjectType == [UInt8].self, let bytes = value as? [UInt8] { return appendBytes(bytes) }
            text += "["
            for element in mirror.children {
                append(element.value)
                text += ","
            }
            text += "]"
        default: appendStruct(mirror)
        }
    }

    private mutating func appendStruct(_ mirror: Mirror) {
        text += "{"
        var fields: [(name: String, value: Any)] = []
        var unknown: [RawTaggedField] = []
        for child in mirror.children {
            let label = child.label ?? ""
            if label == "unknownTaggedFields", let value = child.value as? [RawTaggedField] {
                unknown = value
            } else {
                fields.append((label.lowercased(), child.value))
            }
        }
        for field in fields.sorted(by: { $0.name < $1.name }) {
            text += field.name + "="
            append(field.value)
            text += ";"
        }
        for field in unknown {
            text += "\(field.tag)#"
            appendBytes(field.data)
            text += ";"
        }
        text += "}"
    }

    private mutating func appendBytes(_ bytes: [UInt8]) {
        for byte in bytes {
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
}
