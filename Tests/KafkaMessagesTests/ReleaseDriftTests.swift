// Protocol/ is the release that Protocol/UPSTREAM names, and the script that takes a release sees every difference.

import Foundation
import KafkaAtHand
import Testing

@Suite struct ReleaseDriftTests {
    private static let script = KafkaRelease.checkout.appending(path: "Protocol/take-release.py")

    @Test(.enabled(if: KafkaRelease.isWanted, Comment(rawValue: KafkaRelease.whyNone)))
    func `the release at hand has the schemas and error codes that are kept`() throws {
        let jars = try #require(KafkaRelease.jars, Comment(rawValue: KafkaRelease.whyNone))
        let run = try KafkaRelease.run(["python3", Self.script.path, jars.path])
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("282 files compared, 0 differ"), "\(run.output)")
    }

    @Test(.enabled(if: KafkaRelease.isWanted, Comment(rawValue: KafkaRelease.whyNone)))
    func `what a release changes is named, and taken when asked for`() throws {
        let jars = try #require(KafkaRelease.jars, Comment(rawValue: KafkaRelease.whyNone))
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "martlet-release-\(UUID())")
        try files.copyItem(at: KafkaRelease.checkout.appending(path: "Protocol"), to: folder)
        defer { try? files.removeItem(at: folder) }
        // A folder that is behind the release: a message is missing, one is no more, a field, an error differ.
        try files.removeItem(at: folder.appending(path: "messages/VoteRequest.json"))
        try Data(#"{ "type": "request", "name": "Gone", "validVersions": "0" }"#.utf8)
            .write(to: folder.appending(path: "messages/Gone.json"))
        try change(folder.appending(path: "messages/FetchRequest.json"), "\"4-18\"", "\"4-17\"")
        try change(
            folder.appending(path: "messages/FetchRequest.json"), #""name": "RackId", "type": "string""#,
            #""name": "RackId", "type": "int32""#)
        try change(folder.appending(path: "errors.json"), "CORRUPT_MESSAGE", "BROKEN_MESSAGE")
        try change(folder.appending(path: "UPSTREAM"), "Apache Kafka ", "Apache Kafka 3.")

        let script = folder.appending(path: "take-release.py").path
        let report = try KafkaRelease.run(["python3", script, jars.path])
        #expect(report.status == 1)
        for line in [
            "+ messages/VoteRequest.json", "- messages/Gone.json", "~ messages/FetchRequest.json",
            #"~ validVersions: "4-17" -> "4-18""#, #"~ RackId: type "int32""#, "~ errors.json", "BROKEN_MESSAGE",
            "~ UPSTREAM", "5 differ",
        ] {
            #expect(report.output.contains(line), "\(report.output)")
        }
        #expect(try KafkaRelease.run(["python3", script, jars.path, "--write"]).status == 1)
        let after = try KafkaRelease.run(["python3", script, jars.path])
        #expect(after.status == 0, "\(after.output)")
    }

    @Test func `a folder without a release is said to have none`() throws {
        let run = try KafkaRelease.run(["python3", Self.script.path, KafkaRelease.checkout.path])
        #expect(run.status == 2)
        #expect(run.output.contains("no kafka-clients-*.jar"))
    }

    @Test func `the kept vectors are those of the release that is kept`() throws {
        let upstream = try String(
            contentsOf: KafkaRelease.checkout.appending(path: "Protocol/UPSTREAM"), encoding: .utf8)
        let release = try #require(upstream.split(separator: "\n").first)
        #expect(try VectorFile.kept().origin.hasPrefix(release + ","))
    }

    private func change(_ url: URL, _ old: String, _ new: String) throws {
        let text = try String(contentsOf: url, encoding: .utf8)
        let changed = text.replacingOccurrences(of: old, with: new)
        #expect(changed != text)
        try Data(changed.utf8).write(to: url)
    }
}
