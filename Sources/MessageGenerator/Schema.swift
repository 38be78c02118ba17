// A schema as it stands in Protocol/: Kafka's own JSON form.

import Foundation

/// A message, or a record that is stored.
struct Schema: Decodable {
    let apiKey: Int16?
    let type: Kind
    let listeners: [String]?
    let name: String
    let validVersions: VersionRange
    let flexibleVersions: VersionRange?
    let latestVersionUnstable: Bool?
    let fields: [Field]?
    let commonStructs: [CommonStruct]?

    enum Kind: String, Decodable {
        case request, response, header, metadata, data
        case coordinatorKey = "coordinator-key"
        case coordinatorValue = "coordinator-value"
    }

    struct CommonStruct: Decodable {
        let name: String
        let fields: [Field]
    }

    struct Field: Decodable {
        let name: String
        let type: String
        let versions: VersionRange?
        let nullableVersions: VersionRange?
        let taggedVersions: VersionRange?
        let flexibleVersions: VersionRange?
        let tag: UInt32?
        let `default`: Literal?
        let fields: [Field]?
    }

    /// A default value: JSON strings, numbers and booleans all occur, for any type of field.
    struct Literal: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                text = String(value)
            } else if let value = try? container.decode(Int64.self) {
                text = String(value)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    static func read(_ path: String) throws -> Schema {
        try JSONDecoder().decode(Schema.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

extension Schema {
    /// The flexible versions among the valid ones.
    var flexible: VersionRange {
        flexibleVersions?.intersection(validVersions) ?? .none
    }
}
