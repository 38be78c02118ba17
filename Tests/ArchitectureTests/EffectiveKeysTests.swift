// A start warns of settings that have no effect. What something reads must not be among them.

import Foundation
import Testing

@Suite struct EffectiveKeysTests {
    /// By the accessor's name, the key that it reads: `public var groupMaxSize: Int32 { int("group.max.size") }`.
    private static func accessors() -> [(name: String, key: String)] {
        let pattern = #/public var (\w+): [^{]*\{ \w+\("([a-z0-9.]+)"\) \}/#
        return Checkout.swiftFiles(below: "Sources/Configuration")
            .filter { $0.name.hasPrefix("BrokerConfiguration") }.flatMap(\.lines)
            .compactMap { line in line.firstMatch(of: pattern).map { (String($0.1), String($0.2)) } }
    }

    @Test func keysThatTheBrokerReadsAreNotSaidToHaveNoEffect() throws {
        let sources = Checkout.swiftFiles(below: "Sources")
        let effective = try #require(sources.first { $0.path.hasSuffix("/EffectiveKeys.swift") })
            .lines.joined(separator: "\n")
        // Settings are read as `configuration.groupMaxSize` or `broker.groupMaxSize`.
        let read = sources.filter { !$0.path.hasPrefix("Sources/Configuration/") }.flatMap(\.lines)
            .filter { $0.contains("onfiguration.") || $0.contains("broker.") }
            .reduce(into: Set<Substring>()) { words, line in words.formUnion(line.split { !$0.isLetter }) }
        let accessors = Self.accessors()
        #expect(accessors.count > 60)
        for (name, key) in accessors where read.contains(Substring(name)) {
            #expect(effective.contains("\"\(key)\""), "\(name) is read, and \(key) is not in EffectiveKeys")
        }
    }
}
