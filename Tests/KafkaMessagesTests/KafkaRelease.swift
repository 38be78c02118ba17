// The Apache Kafka that tests run against, where there is one.

import Foundation

/// KAFKA_HOME, else ../shared/kafka beside the checkout.
enum KafkaRelease {
    static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let whyNone = "Apache Kafka is not at hand: neither KAFKA_HOME nor ../shared/kafka holds one"

    /// The folder of the jars.
    static let jars: URL? = {
        let named = ProcessInfo.processInfo.environment["KAFKA_HOME"].map { URL(fileURLWithPath: $0) }
        let places = [named, checkout.appending(path: "../shared/kafka").standardizedFileURL]
        return places.compactMap { $0?.appending(path: "libs") }.first { folder in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return files.contains { $0.hasPrefix("kafka-clients-") && $0.hasSuffix(".jar") }
        }
    }()

    /// Whether tests that need Kafka are to run. In continuous integration they always are, and fail without it.
    static var isWanted: Bool {
        jars != nil || !["", "0", "false"].contains(ProcessInfo.processInfo.environment["CI"] ?? "")
    }

    struct Finished {
        let status: Int32
        let output: String
    }

    /// Runs a program to its end. Its output and its complaints come back together.
    static func run(_ arguments: [String]) throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = checkout
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Finished(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
