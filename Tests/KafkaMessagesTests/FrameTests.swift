// Frames as they are on the wire: size, header, message.

import Bytes
import KafkaMessages
import KafkaWire
import Testing

@Suite struct FrameTests {
    @Test func `a request frame is size, header and message, and reads back`() throws {
        var request = FetchRequest()
        request.maxBytes = 1234
        var topic = FetchRequest.FetchTopic()
        topic.topicId = Uuid(mostSignificantBits: 7, leastSignificantBits: 9)
        topic.partitions = [FetchRequest.FetchPartition()]
        request.topics = [topic]
        let pieces = try request.frame(correlationId: 77, clientId: "me", version: 17)
        #expect(pieces.count == 1)
        guard case .bytes(let bytes) = pieces[0] else { return }

        var reader = WireReader(bytes)
        #expect(try Int(reader.readInt32()) == bytes.count - 4)
        let header = try RequestHeader.read(&reader)
        #expect(header.apiKey == .fetch)
        #expect(header.requestApiVersion == 17)
        #expect(header.correlationId == 77)
        #expect(header.clientId == "me")
        #expect(try FetchRequest(from: &reader, version: 17) == request)
        #expect(reader.remaining == 0)
    }

    @Test func `the answer to ApiVersions has header version 0 at every version`() {
        for version in Int16(0)...4 {
            #expect(ApiKey.apiVersions.responseHeaderVersion(version) == 0)
        }
        #expect(ApiKey.apiVersions.requestHeaderVersion(2) == 1)
        #expect(ApiKey.apiVersions.requestHeaderVersion(3) == 2)
        #expect(ApiKey.apiVersions.requestHeaderVersion(1000) == 2)
        #expect(ApiKey.fetch.responseHeaderVersion(11) == 0)
        #expect(ApiKey.fetch.responseHeaderVersion(12) == 1)
        #expect(ApiKey.saslHandshake.requestHeaderVersion(1) == 1)
    }

    @Test func `records in an answer are pieces of their own, not copied`() throws {
        let records = ByteSlice(copying: [UInt8](repeating: 5, count: 10_000))
        var response = FetchResponse()
        var topic = FetchResponse.FetchableTopicResponse()
        var partition = FetchResponse.PartitionData()
        partition.records = .bytes(records)
        topic.partitions = [partition, partition]
        response.responses = [topic]
        let pieces = try response.frame(correlationId: 1, version: 16)
        #expect(pieces.count == 5)
        guard case .bytes(let first) = pieces[0], case .bytes(let second) = pieces[1] else { return }
        #expect(Int(first.load(at: 0, as: Int32.self)) == pieces.map(\.sizeBytes).reduce(0, +) - 4)
        #expect(second.storage === records.storage)
    }

    @Test func `a null where the version has none is refused as a frame`() {
        var response = MetadataResponse()
        var topic = MetadataResponse.MetadataResponseTopic()
        topic.name = nil
        response.topics = [topic]
        #expect(throws: WireError.self) { try response.frame(correlationId: 1, version: 9) }
        #expect(throws: Never.self) { try response.frame(correlationId: 1, version: 12) }
    }
}
