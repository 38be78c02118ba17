// The Apache Kafka that tests run against, and the log directories it wrote, where they are at hand.

import Foundation

/// KAFKA_HOME, else ../shared/kafka beside the checkout.
public enum KafkaRelease {
    public static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    public static let whyNone = "Apache Kafka is not at hand: neither KAFKA_HOME nor ../shared/kafka holds one"
    public static let whyNoDirectories =
        "Kafka's own log directories are not at hand: log-dirs is neither beside KAFKA_HOME nor in ../shared"

    /// Where it may be, the likelier first.
    private static let places: [URL] = {
        let named = ProcessInfo.processInfo.environment["KAFKA_HOME"].map { URL(fileURLWithPath: $0) }
        return [named, checkout.appending(path: "../shared/kafka").standardizedFileURL].compactMap(\.self)
    }()

    /// The folder of the jars.
    public static let jars: URL? = places.map { $0.appending(path: "libs") }.first { folder in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.contains { $0.hasPrefix("kafka-clients-") && $0.hasSuffix(".jar") }
    }

    /// The folder with `one` and `two`, the two `log.dirs` of one node that Kafka wrote.
    public static let directories: URL? = places.map { $0.deletingLastPathComponent().appending(path: "log-dirs") }
        .first { FileManager.default.fileExists(atPath: $0.appending(path: "one").path) }

    /// Whether tests that need Kafka are to run. In continuous integration they always are, and fail without it.
    public static var isWanted: Bool { jars != nil || isInContinuousIntegration }

    /// Whether tests that need its log directories are to run.
    public static var directoriesAreWanted: Bool { directories != nil || isInContinuousIntegration }

    private static var isInContinuousIntegration: Bool {
        !["", "0", "false"].contains(ProcessInfo.processInfo.environment["CI"] ?? "")
    }

    public struct Finished {
        public let status: Int32
        public let output: String
    }

    /// Runs a program to its end. Its output and its complaints come back together.
    public static func run(_ arguments: [String]) throws -> Finished {
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
