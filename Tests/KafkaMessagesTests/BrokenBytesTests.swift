// Whatever the bytes are, decoding them ends: with a message, or with an error. It never traps.

import Bytes
import Foundation
import KafkaMessages
import KafkaWire
import Testing

/// A small generator of numbers that a seed makes again (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct BrokenBytesTests {
    private static let types: [String: any WireMessage.Type] = {
        let pairs = MessageCatalog.all.compactMap { schema in schema.type.map { (schema.name, $0) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    /// Vectors short enough to try many changes, for every layout.
    private func shortVectors(perLayout limit: Int) throws -> [Vector] {
        var counts: [String: Int] = [:]
        return try VectorFile.kept().vectors.filter { vector in
            guard !vector.bytes.isEmpty, vector.bytes.count <= 600 else { return false }
            counts["\(vector.name) \(vector.version)", default: 0] += 1
            return counts["\(vector.name) \(vector.version)", default: 0] <= limit
        }
    }

    @Test func `a message cut short anywhere is refused`() throws {
        let vectors = try shortVectors(perLayout: 2)
        #expect(vectors.count > 1200)
        for vector in vectors {
            let type = try #require(Self.types[vector.name])
            for length in 0..<vector.bytes.count {
                let cut = vector.bytes.slice(from: 0, count: length)
                #expect(throws: WireError.self, "\(vector.name) version \(vector.version) of \(length) bytes") {
                    try type.init(cut, version: vector.version)
                }
            }
        }
    }

    @Test(arguments: [1, UInt64.random(in: 0...UInt64.max)])
    func `changed bytes are refused, or are a message that is written and read again`(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        var taken = 0
        var refused = 0
        for vector in try shortVectors(perLayout: 3) {
            let type = try #require(Self.types[vector.name])
            for _ in 0..<12 {
                let bytes = ByteSlice(copying: changed(vector.bytes.array, &numbers))
                guard let message = try? type.init(bytes, version: vector.version) else {
                    refused += 1
                    continue
                }
                taken += 1
                try proveStable(message, vector.version, "\(vector.name) version \(vector.version), seed \(seed)")
            }
        }
        #expect(taken > 1000)
        #expect(refused > 1000)
    }

    /// What was decoded is written, read and written again, the same both times.
    private func proveStable(_ message: some WireMessage, _ version: Int16, _ place: Comment) throws {
        var writer = WireWriter()
        message.encode(to: &writer, version: version)
        // A repaired string may have become too long to write.
        if writer.failure != nil { return }
        let written = writer.finishBytes()
        #expect(try type(of: message).init(written, version: version).encoded(version: version) == written, place)
    }

    /// One to three changes: single bits, bytes that lengths begin with, pieces taken out, put in, or repeated.
    private func changed(_ original: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]
        var bytes = original
        for _ in 0...Int.random(in: 0...2, using: &numbers) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0...5, using: &numbers) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
            case 1: bytes[index] = edges[Int.random(in: 0..<edges.count, using: &numbers)]
            case 2:
                let edge = edges[Int.random(in: 0..<edges.count, using: &numbers)]
                for place in index..<min(index + 5, bytes.count) { bytes[place] = edge }
            case 3: bytes.removeSubrange(index..<min(index + 4, bytes.count))
            case 4: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
            default: bytes.insert(UInt8.random(in: 0...255, using: &numbers), at: index)
            }
        }
        return bytes
    }

    @Test func `noise is refused, or is a message that is written and read again`() throws {
        var numbers = SeededNumbers(seed: 7)
        for schema in MessageCatalog.all {
            guard let type = schema.type, let versions = schema.validVersions else { continue }
            for version in versions {
                for size in [0, 1, 16, 200] {
                    let noise = (0..<size).map { _ in UInt8.random(in: 0...255, using: &numbers) }
                    if let message = try? type.init(ByteSlice(copying: noise), version: version) {
                        try proveStable(message, version, "\(schema.name) version \(version)")
                    }
                }
            }
        }
    }

    @Test func `versions that a message does not have are refused`() {
        let zeros = ByteSlice(copying: [UInt8](repeating: 0, count: 1000))
        for schema in MessageCatalog.all {
            guard let type = schema.type, let versions = schema.validVersions else { continue }
            for version in [Int16.min, -1, versions.lowerBound - 1, versions.upperBound + 1, .max]
            where !versions.contains(version) {
                #expect(throws: WireError.self, "\(schema.name) version \(version)") {
                    try type.init(zeros, version: version)
                }
            }
        }
    }

    @Test func `what is left over after a message is ignored`() throws {
        for vector in try shortVectors(perLayout: 1) {
            let type = try #require(Self.types[vector.name])
            let longer = ByteSlice(copying: vector.bytes.array + [1, 2, 3])
            let message = try type.init(longer, version: vector.version)
            #expect(message.encoded(version: vector.version) == vector.bytes)
        }
    }

    @Test func `a large frame that claims many elements takes memory only for what is there`() throws {
        // Topics of at least two bytes: 2^25 of them could be in 64 MiB, and would take more than a gigabyte.
        var bytes = [UInt8](repeating: 0xFF, count: 64 << 20)
        bytes.replaceSubrange(0..<4, with: [0x01, 0xFF, 0xFF, 0xFF])
        let frame = ByteSlice(copying: bytes)
        let before = try peakMemoryBytes()
        #expect(throws: WireError.self) { try MetadataRequest(frame, version: 1) }
        #expect(throws: WireError.self) { try FetchRequest(frame.suffix(from: 1), version: 4) }
        #expect(try peakMemoryBytes() - before < 512 << 20)
    }

    /// The most memory that the process has had, touched or not.
    private func peakMemoryBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") })
        return try #require(Int(line.split(separator: " ")[1].filter(\.isNumber))) * 1024
    }
}
