// Runs MessageGenerator over Protocol/ in every build: one command a schema, so that only what changed is made again.

import Foundation
import PackagePlugin

@main
struct GenerateMessages: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let generator = try context.tool(named: "MessageGenerator").url
        let protocolFolder = context.package.directoryURL.appending(path: "Protocol")
        let output = context.pluginWorkDirectoryURL
        let schemas = try ["messages", "records"].flatMap { room in
            try FileManager.default.contentsOfDirectory(
                at: protocolFolder.appending(path: room), includingPropertiesForKeys: nil)
        }.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }

        var commands = schemas.map { schema in
            let name = schema.deletingPathExtension().lastPathComponent
            let file = output.appending(path: "\(name).swift")
            return Command.buildCommand(
                displayName: "Generating \(name)", executable: generator,
                arguments: ["message", schema.path, file.path], inputFiles: [schema], outputFiles: [file])
        }
        commands.append(
            .buildCommand(
                displayName: "Generating the message catalog", executable: generator,
                arguments: ["catalog", protocolFolder.path, output.path],
                inputFiles: schemas + [protocolFolder.appending(path: "errors.json")],
                outputFiles: ["MessageCatalog", "ApiKeys", "ErrorCodes"].map { output.appending(path: "\($0).swift") }))
        return commands
    }
}
