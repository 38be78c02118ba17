// What is known over all schemas: the catalog, the API keys, the error codes.

import Foundation

/// An entry of Protocol/errors.json.
struct ErrorFact: Decodable {
    let code: Int16
    let name: String
    let retriable: Bool

    static func read(_ path: String) throws -> [ErrorFact] {
        try JSONDecoder().decode([ErrorFact].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Writes the files that are made from all schemas together.
struct CatalogEmitter {
    let schemas: [Schema]
    let errors: [ErrorFact]

    // The catalog: one line a schema. Small functions instead of one long literal, which would be slow to compile.

    func emitCatalog() -> String {
        var out = SourceText()
        out.line("// Made from Protocol/messages and Protocol/records by MessageGenerator.")
        out.line("import KafkaWire")
        out.line("")
        let parts = stride(from: 0, to: schemas.count, by: 50).map { Array(schemas[$0..<min($0 + 50, schemas.count)]) }
        out.line("/// Every schema of the release, by name.")
        out.block("public enum MessageCatalog") { out in
            out.block("public static let all: [MessageSchema] =", tail: "()") { out in
                out.line("var all: [MessageSchema] = []")
                for index in parts.indices { out.line("add\(index)(&all)") }
                out.line("return all")
            }
            for (index, part) in parts.enumerated() {
                out.block("private static func add\(index)(_ all: inout [MessageSchema])") { out in
                    for schema in part { out.line("all.append(\(entry(schema)))") }
                }
            }
        }
        return out.text
    }

    private func entry(_ schema: Schema) -> String {
        let key = schema.apiKey.map(String.init) ?? "nil"
        let type = schema.validVersions.isEmpty ? "nil" : "\(schema.name).self"
        return "MessageSchema(name: \"\(schema.name)\", kind: .\(schema.type), apiKey: \(key), "
            + "validVersions: \(schema.validVersions.swift), flexibleVersions: \(schema.flexible.swift), "
            + "latestVersionUnstable: \(schema.latestVersionUnstable ?? false), "
            + "listeners: \(listeners(schema)), type: \(type))"
    }

    private func listeners(_ schema: Schema) -> String {
        "[" + (schema.listeners ?? []).map { ".\($0)" }.joined(separator: ", ") + "]"
    }

    // The API keys

    func emitApiKeys() -> String {
        var out = SourceText()
        out.line("// Made from Protocol/messages by MessageGenerator.")
        out.line("import KafkaWire")
        out.line("")
        let requests = schemas.filter { $0.type == .request }.sorted { $0.apiKey ?? 0 < $1.apiKey ?? 0 }
        out.block("extension ApiKey") { out in
            for request in requests {
                out.line(
                    "public static var \(Naming.property(api(request))): ApiKey { ApiKey(rawValue: \(request.apiKey ?? 0)) }"
                )
            }
            out.line("/// Every API that the release has a number for, by that number.")
            out.block("public static let all: [ApiKey] =", tail: "()") { out in
                out.line("let keys: [Int16] = [\(requests.map { String($0.apiKey ?? 0) }.joined(separator: ", "))]")
                out.line("return keys.map { ApiKey(rawValue: $0) }")
            }
            emitFacts(&out, requests)
        }
        return out.text
    }

    private func emitFacts(_ out: inout SourceText, _ requests: [Schema]) {
        out.line("/// What the schemas say about the API; nil for a number that no API has.")
        out.block("public var facts: ApiFacts?") { out in
            out.line("switch rawValue {")
            for request in requests {
                let response = schemas.first { $0.type == .response && $0.apiKey == request.apiKey }
                out.line("case \(request.apiKey ?? 0):")
                out.line(
                    "    ApiFacts(name: \"\(api(request))\", validVersions: \(request.validVersions.swift), "
                        + "requestFlexible: \(request.flexible.swift), "
                        + "responseFlexible: \((response?.flexible ?? .none).swift), "
                        + "latestVersionUnstable: \(request.latestVersionUnstable ?? false), "
                        + "listeners: \(listeners(request)))")
            }
            out.line("default: nil")
            out.line("}")
        }
    }

    private func api(_ request: Schema) -> String {
        String(request.name.dropLast("Request".count))
    }

    // The error codes

    func emitErrors() -> String {
        var out = SourceText()
        out.line("// Made from Protocol/errors.json by MessageGenerator.")
        out.line("import KafkaWire")
        out.line("")
        out.block("extension ErrorCode") { out in
            for error in errors {
                let member = Naming.member(error.name)
                out.line("public static var \(member): ErrorCode { ErrorCode(rawValue: \(error.code)) }")
            }
            out.line("/// Kafka's name of the code; nil for a number that no error has.")
            out.block("public var name: String?") { out in
                out.line("switch rawValue {")
                for error in errors { out.line("case \(error.code): \"\(error.name)\"") }
                out.line("default: nil")
                out.line("}")
            }
            out.line("/// Whether a client may try again.")
            out.block("public var isRetriable: Bool") { out in
                out.line("switch rawValue {")
                let codes = errors.filter(\.retriable).map { String($0.code) }.joined(separator: ", ")
                out.line("case \(codes): true")
                out.line("default: false")
                out.line("}")
            }
        }
        return out.text
    }
}
