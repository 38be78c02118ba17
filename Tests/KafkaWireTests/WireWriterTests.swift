// What the writer leaves behind.

import Bytes
import KafkaWire
import Testing

@Suite struct WireWriterTests {
    private func written(_ body: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter(reserving: 1)
        body(&writer)
        return writer.finishBytes().array
    }

    @Test func `too much is a failure and takes no more memory`() {
        var writer = WireWriter()
        let size = writer.reserveInt32()
        let part = [UInt8](repeating: 7, count: 1 << 20)
        func write(mebibytes: Int) {
            for _ in 0..<mebibytes {
                part.withUnsafeBytes { writer.writeRaw($0) }
                #expect(writer.sizeBytes <= WireWriter.mostBytes)
            }
        }
        write(mebibytes: (WireWriter.mostBytes >> 20) - 1)
        #expect(writer.failure == nil)
        let tags = writer.beginTags()
        let tag = writer.beginTag(0)
        write(mebibytes: 2)
        // What was begun before is ended without harm.
        writer.endTag(tag)
        writer.endTags(tags, 1, [])
        writer.patchInt32(1, at: size)
        #expect(writer.failure?.kind == .invalidLength)
    }

    @Test func `varints have seven bits a byte, the least significant first`() {
        #expect(written { $0.writeUnsignedVarint(0) } == [0])
        #expect(written { $0.writeUnsignedVarint(127) } == [127])
        #expect(written { $0.writeUnsignedVarint(128) } == [0x80, 1])
        #expect(written { $0.writeUnsignedVarint(300) } == [0xAC, 2])
        #expect(written { $0.writeUnsignedVarint(.max) } == [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
        #expect(written { $0.writeVarint(-1) } == [1])
        #expect(written { $0.writeVarint(.min) } == [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
        #expect(written { $0.writeVarlong(.min) } == [UInt8](repeating: 0xFF, count: 9) + [1])
    }

    @Test(arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_151, 2_097_152])
    func `a tagged field of any size is written behind its size`(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
        let bytes = written { writer in
            let tags = writer.beginTags()
            let tag = writer.beginTag(3)
            content.withUnsafeBytes { writer.writeRaw($0) }
            writer.endTag(tag)
            writer.endTags(tags, 1, [RawTaggedField(tag: 9, data: [4, 5])])
        }
        var reader = WireReader(ByteSlice(copying: bytes))
        let fields = try reader.readUnknownTaggedFields()
        #expect(fields == [RawTaggedField(tag: 3, data: content), RawTaggedField(tag: 9, data: [4, 5])])
        #expect(reader.remaining == 0)
    }

    @Test func `more than 127 tagged fields are counted in two bytes`() throws {
        let unknown = (0..<200).map { RawTaggedField(tag: $0, data: [UInt8($0)]) }
        let bytes = written { $0.writeTags(unknown) }
        var reader = WireReader(ByteSlice(copying: bytes))
        #expect(try reader.readUnknownTaggedFields() == unknown)
        #expect(reader.remaining == 0)
    }

    @Test func `a string that no version can hold is refused, and noted`() {
        var writer = WireWriter()
        writer.writeString(String(repeating: "x", count: 32_767), flexible: false)
        #expect(writer.failure == nil)
        writer.writeString(String(repeating: "x", count: 32_768), flexible: true)
        #expect(writer.failure?.kind == .invalidLength)
    }
}
