// The vectors that Interop/codec/WriteVectors.java writes; it draws their layout.

import Bytes
import Foundation

/// One message that a Kafka release wrote.
struct Vector: Sendable {
    let name: String
    let version: Int16
    let bytes: ByteSlice
    /// Made of the values by the names of their fields; see `FieldDigest`.
    let digest: UInt64
}

/// A file of them.
struct VectorFile {
    /// The release that wrote it, and from what seed.
    let origin: String
    let vectors: [Vector]

    struct Malformed: Error {
        let offset: Int
    }

    init(_ url: URL) throws {
        let file = ByteSlice(copying: try Data(contentsOf: url))
        guard let line = file.array.firstIndex(of: UInt8(ascii: "\n")) else { throw Malformed(offset: 0) }
        origin = String(decoding: file.slice(from: 0, count: line).array, as: UTF8.self)
        var vectors: [Vector] = []
        var offset = line + 1
        while offset < file.count {
            let start = offset
            let nameBytes = Int(file[offset])
            guard nameBytes + 7 <= file.count - offset else { throw Malformed(offset: start) }
            let name = String(decoding: file.slice(from: offset + 1, count: nameBytes).array, as: UTF8.self)
            offset += 1 + nameBytes
            let version = file.load(at: offset, as: Int16.self)
            let size = Int(file.load(at: offset + 2, as: Int32.self))
            offset += 6
            guard size >= 0, size + 8 <= file.count - offset else { throw Malformed(offset: start) }
            let bytes = file.slice(from: offset, count: size)
            let digest = file.load(at: offset + size, as: UInt64.self)
            vectors.append(Vector(name: name, version: version, bytes: bytes, digest: digest))
            offset += size + 8
        }
        self.vectors = vectors
    }

    /// The vectors that are kept with the tests.
    static func kept() throws -> VectorFile {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try VectorFile(folder.appending(path: "Vectors/kafka-4.3.1.vectors"))
    }
}
