// Every layout of the release, proved by what its own classes write.

import Bytes
import Foundation
import KafkaAtHand
import KafkaMessages
import KafkaWire
import Testing

/// A message and one of its versions.
private struct Layout: Hashable {
    let name: String
    let version: Int16
}

@Suite struct CodecVectorTests {
    private static let schemas = Dictionary(uniqueKeysWithValues: MessageCatalog.all.map { ($0.name, $0) })

    private static let allLayouts: Set<Layout> = {
        var layouts: Set<Layout> = []
        for schema in MessageCatalog.all {
            for version in schema.validVersions.map(Array.init) ?? [] {
                layouts.insert(Layout(name: schema.name, version: version))
            }
        }
        return layouts
    }()

    /// Decodes each vector, compares what it holds, and encodes it back.
    private func prove(_ file: VectorFile) throws {
        var proved: Set<Layout> = []
        for vector in file.vectors {
            let place: Comment = "\(file.origin): \(vector.name) version \(vector.version)"
            let type = try #require(Self.schemas[vector.name]?.type, place)
            var reader = WireReader(vector.bytes)
            let message = try type.init(from: &reader, version: vector.version)
            #expect(reader.remaining == 0, place)
            let same = FieldDigest.of(message) == vector.digest
            #expect(same, "\(place) was read as \(FieldDigest.describe(message))")
            #expect(message.encoded(version: vector.version) == vector.bytes, place)
            proved.insert(Layout(name: vector.name, version: vector.version))
        }
        #expect(proved == Self.allLayouts)
    }

    @Test func `the catalog holds every layout of the release`() {
        #expect(MessageCatalog.all.count == 281)
        #expect(Self.allLayouts.count == 739)
    }

    @Test func `what Kafka's classes wrote is read as they read it, and written back byte for byte`() throws {
        try prove(VectorFile.kept())
    }

    @Test(.enabled(if: KafkaRelease.isWanted, Comment(rawValue: KafkaRelease.whyNone)))
    func `so is what they write from a fresh seed`() throws {
        let jars = try #require(KafkaRelease.jars, Comment(rawValue: KafkaRelease.whyNone))
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-vectors-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "fresh.vectors")
        let seed = UInt32.random(in: 0...UInt32.max)
        let java = try KafkaRelease.run([
            "java", "-Xmx512m", "-cp", "\(jars.path)/*", "Interop/codec/WriteVectors.java", file.path, "\(seed)", "2",
        ])
        try #require(java.status == 0, "\(java.output)")
        try prove(VectorFile(file))
    }
}
