// The program that the build runs: schemas in, Swift out.
//
//   MessageGenerator message SCHEMA.json OUT.swift
//   MessageGenerator catalog PROTOCOL-FOLDER OUT-FOLDER

import Foundation

@main
struct MessageGenerator {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        do {
            switch (arguments.first, arguments.count) {
            case ("message", 3): try writeMessage(CommandLine.arguments[2], to: CommandLine.arguments[3])
            case ("catalog", 3): try writeCatalog(CommandLine.arguments[2], to: CommandLine.arguments[3])
            default: fail("usage: MessageGenerator message SCHEMA OUT | catalog PROTOCOL-FOLDER OUT-FOLDER")
            }
        } catch {
            fail("\(arguments.joined(separator: " ")): \(error)")
        }
    }

    private static func writeMessage(_ path: String, to output: String) throws {
        let source = URL(fileURLWithPath: path).pathComponents.suffix(3).joined(separator: "/")
        try write(MessageEmitter(Schema.read(path)).emit(source: source), to: output)
    }

    private static func writeCatalog(_ folder: String, to output: String) throws {
        var schemas: [Schema] = []
        for room in ["messages", "records"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(room)")
            schemas += try names.filter { $0.hasSuffix(".json") }.map { try Schema.read("\(folder)/\(room)/\($0)") }
        }
        schemas.sort { $0.name < $1.name }
        let emitter = CatalogEmitter(schemas: schemas, errors: try ErrorFact.read("\(folder)/errors.json"))
        try write(emitter.emitCatalog(), to: "\(output)/MessageCatalog.swift")
        try write(emitter.emitApiKeys(), to: "\(output)/ApiKeys.swift")
        try write(emitter.emitErrors(), to: "\(output)/ErrorCodes.swift")
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("MessageGenerator: \(message)\n".utf8))
        exit(1)
    }
}
