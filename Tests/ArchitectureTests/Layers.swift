// The order of the house, lowest layer first, and what Package.swift declares. A target imports from lower layers only.

import Foundation

enum Layers {
    /// Lowest first. Targets of one layer do not know each other.
    static let lowestFirst: [[String]] = [
        ["CPlatform", "CChecksum", "CCodecs", "CRegex"],
        ["Bytes", "Logging"],
        ["KafkaWire"],
        ["KafkaMessages"],
        ["Records", "Files", "Configuration", "EventLoop", "Groups"],
        ["LogStorage"],
        ["ClusterMetadata", "Replication"],
        ["Broker", "Launch"],
        ["martlet"],
    ]

    /// Programs that are no part of the broker's process; none of its targets may import them.
    static let besideTheBroker: Set<String> = ["MessageGenerator"]

    /// Modules of the toolchain that the broker's targets may import.
    static let systemModules: Set<String> = ["Glibc", "Synchronization"]

    static func height(of target: String) -> Int? {
        lowestFirst.firstIndex { $0.contains(target) }
    }

    /// Package.swift's targets with the dependencies that each declares, but for those with tests in them and what
    /// these share, which says where it is.
    static func declared() throws -> [String: Set<String>] {
        let manifest = try String(contentsOf: Checkout.top.appending(path: "Package.swift"), encoding: .utf8)
        let opening = /\.(?:target|executableTarget)\(\s*name: "(?<name>[A-Za-z]+)"/
        var found: [String: Set<String>] = [:]
        let matches = manifest.matches(of: opening)
        for (index, match) in matches.enumerated() {
            let end = index + 1 < matches.count ? matches[index + 1].range.lowerBound : manifest.endIndex
            // What belongs to this target ends where the next one, of any kind, begins.
            let rest = manifest[match.range.upperBound..<end]
            let own = rest.firstMatch(of: /\.(?:testTarget|plugin)\(/).map { rest[..<$0.range.lowerBound] } ?? rest
            if own.contains("path: \"Tests/") { continue }
            var dependencies: Set<String> = []
            if let list = own.firstMatch(of: /dependencies: \[(?<names>[^\]]*)\]/) {
                dependencies = Set(list.names.matches(of: /"(?<name>[A-Za-z]+)"/).map { String($0.name) })
            }
            found[String(match.name)] = dependencies
        }
        return found
    }
}
