// From options, a file and the environment to one configuration.

import Configuration
import Foundation
import Testing

@testable import Launch

@Suite struct LaunchPlanTests {
    private func plan(
        _ arguments: [String], environment: [String: String] = ["HOME": "/home/ada"]
    ) throws -> LaunchPlan {
        try LaunchOptions.parse(arguments: arguments, environment: environment).plan(environment: environment)
    }

    /// Runs with a file of this text, which is removed afterwards.
    private func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID()).properties").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func refusal(_ arguments: [String]) -> LaunchError? {
        #expect(throws: LaunchError.self) { _ = try plan(arguments) }
    }

    @Test func sourcesAreStrongerInTheOrderFileEnvironmentOverride() throws {
        try withFile("num.partitions=2\nlog.roll.hours=2\nfetch.max.bytes=2048\n") { path in
            let environment = ["HOME": "/h", "KAFKA_LOG_ROLL_HOURS": "3", "KAFKA_FETCH_MAX_BYTES": "3072"]
            let plan = try plan(["--config", path, "--override", "fetch.max.bytes=4096"], environment: environment)
            #expect(plan.configuration.numPartitions == 2)
            #expect(plan.configuration.logRollMs == 3 * 3_600_000)
            #expect(plan.configuration.fetchMaxBytes == 4096)
            #expect(plan.configuration.settings["num.partitions"]?.origin == .file(path: path, line: 1))
        }
    }

    @Test func theDataDirectoryIsTheUsersUnlessSomethingNamesAnother() throws {
        func paths(_ arguments: [String], _ environment: [String: String]) throws -> [String] {
            let plan = try plan(arguments, environment: environment)
            #expect(plan.configuration.logDirs == plan.dataDirectory.paths)
            return plan.dataDirectory.paths
        }
        #expect(try paths([], ["HOME": "/h"]) == ["/h/.local/share/martlet"])
        #expect(try paths([], ["HOME": "/h", "XDG_DATA_HOME": "/x"]) == ["/x/martlet"])
        #expect(try paths([], ["HOME": "/h", "XDG_DATA_HOME": "relative"]) == ["/h/.local/share/martlet"])
        #expect(try paths([], ["MARTLET_DATA_DIR": "/m", "HOME": "/h"]) == ["/m"])
        #expect(try paths([], [:]) == ["/tmp/martlet-\(geteuid())"])
        #expect(try paths(["--data-dir", "/d"], ["MARTLET_DATA_DIR": "/m"]) == ["/d"])
        #expect(try paths(["--override", "log.dirs=/a,/b"], ["MARTLET_DATA_DIR": "/m"]) == ["/a", "/b"])
        #expect(try paths([], ["KAFKA_LOG_DIR": "/k"]) == ["/k"])
        try withFile("log.dirs=/f") { path in
            let ofFile = try paths(["--config", path], ["HOME": "/h"])
            let ofVariable = try paths(["--config", path], ["MARTLET_DATA_DIR": "/m"])
            let ofArgument = try paths(["--config", path, "--data-dir", "/d"], [:])
            #expect((ofFile, ofVariable, ofArgument) == (["/f"], ["/m"], ["/d"]))
        }
        #expect(try plan([], environment: [:]).dataDirectory.explanation.contains("without a $HOME"))
    }

    @Test func aDataDirectoryWithACommaIsRefused() {
        #expect(refusal(["--data-dir", "/a,b"])?.exitCode == .usage)
    }

    @Test func anEphemeralDirectoryExistsAndGoesAwayWithAllThatIsInIt() throws {
        let parent = FileManager.default.temporaryDirectory.path
        let plan = try plan(["--ephemeral"], environment: ["TMPDIR": parent])
        let path = try #require(plan.dataDirectory.paths.first)
        #expect(plan.configuration.logDirs == [path])
        #expect(path.hasPrefix(parent))
        let inside = "\(path)/topic-0/deep"
        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: "\(inside)/00000000000000000000.log"))
        // A link out of the directory is removed, and what it leads to is not.
        let outside = FileManager.default.temporaryDirectory.appending(path: "martlet-outside-\(UUID())")
        try Data("kept".utf8).write(to: outside)
        defer { try? FileManager.default.removeItem(at: outside) }
        try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: outside.path)
        #expect(plan.dataDirectory.removeIfEphemeral() == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: outside.path))
    }

    @Test func onlyAnEphemeralDirectoryIsRemoved() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-kept-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let plan = try plan(["--data-dir", path])
        #expect(plan.dataDirectory.removeIfEphemeral() == nil)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func aPortMovesTheFirstListenerForClientsAndWhatClientsAreTold() throws {
        #expect(try plan(["--port", "0"]).configuration.endpoints.listeners.map(\.port) == [0])
        let text = """
            listeners=CONTROLLER://:9093,PLAINTEXT://127.0.0.1:9092,INSIDE://127.0.0.1:9094
            advertised.listeners=PLAINTEXT://localhost:9092,INSIDE://localhost:9094
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
            """
        try withFile(text) { path in
            let endpoints = try plan(["--config", path, "--port", "1000"]).configuration.endpoints
            #expect(
                endpoints.listeners.map(\.connectionString) == [
                    "PLAINTEXT://127.0.0.1:1000", "INSIDE://127.0.0.1:9094",
                ])
            #expect(endpoints.controllerListeners.map(\.port) == [9093])
            #expect(
                endpoints.advertised.map(\.connectionString) == [
                    "PLAINTEXT://localhost:1000", "INSIDE://localhost:9094",
                ])
        }
    }

    @Test func aBadValueIsRefusedWithItsPlaceAndAllBadValuesAreNamed() throws {
        try withFile("\nlog.segment.bytes=12\ncompression.type=rar\n") { path in
            let error = refusal(["--config", path, "--override", "num.partitions=none"])
            #expect(error?.exitCode == .configuration)
            #expect(
                Set(error?.lines ?? []) == [
                    "Invalid value 12 for configuration log.segment.bytes: Value must be at least 1048576 "
                        + "(\(path) line 2)",
                    "Invalid value rar for configuration compression.type: String must be one of: uncompressed, zstd, "
                        + "lz4, snappy, gzip, producer (\(path) line 3)",
                    "Invalid value none for configuration num.partitions: Not a number of type INT "
                        + "(--override num.partitions)",
                ])
        }
    }

    @Test func aFileThatIsNotThereIsNamed() {
        let error = refusal(["--config", "/no/such/file"])
        #expect(error?.exitCode == .noInput)
        #expect(error?.description == "martlet: Cannot open /no/such/file: No such file or directory")
    }

    @Test func anUnknownKeyIsAWarningWithTheNearestOneAndAKeyWithoutEffectIsNamed() throws {
        let plan = try plan(["--override", "log.segmnt.bytes=1", "--override", "zookeeper.connect=a"])
        #expect(
            plan.warnings == [
                "Unknown configuration log.segmnt.bytes (--override log.segmnt.bytes): did you mean log.segment.bytes?",
                "Unknown configuration zookeeper.connect (--override zookeeper.connect)",
            ])
        let quiet = try self.plan(["--override", "ssl.keystore.type=PEM"])
        #expect(
            quiet.warnings == ["ssl.keystore.type is accepted and has no effect yet (--override ssl.keystore.type)"])
    }

    @Test func aPortFileAppearsWhole() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-port-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PortFile.write(port: 12345, to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "12345\n")
        #expect(throws: LaunchError.self) { try PortFile.write(port: 1, to: "/no/such/place/port") }
    }

    @Test func theBannerSaysWhereWhatAndHowSafe() throws {
        let plan = try plan(["--data-dir", "/d"])
        var endpoint = plan.configuration.endpoints.listeners[0]
        endpoint.port = 4321
        let text = Banner.text(
            endpoints: [endpoint], advertised: [endpoint], configuration: plan.configuration,
            dataDirectory: plan.dataDirectory)
        #expect((5...7).contains(text.split(separator: "\n").count))
        for part in ["127.0.0.1:4321", "/d (--data-dir)", "kill -9", "kcat -b 127.0.0.1:4321", "4.3.1"] {
            #expect(text.contains(part), "\(part) is missing in:\n\(text)")
        }
        let synced = try self.plan(["--override", "log.flush.interval.messages=1"]).configuration
        #expect(Banner.durability(synced) == "records are on disk before they are acknowledged")
        let timed = try self.plan(["--override", "log.flush.interval.ms=500"]).configuration
        #expect(Banner.durability(timed).contains("every 500 ms"))
    }
}
