// One client's connection: from a frame to the handler of its API.
//
//     request header, before the body:
//     | int16 api key | int16 api version | int32 correlation id | nullable string client id | tagged fields (v2) |

import Bytes
import EventLoop
import KafkaMessages
import KafkaWire
import Logging

/// Where a listener is, as its connections know it.
struct BoundListener: Sendable {
    let name: String
}

/// What handlers know of the connection.
struct ConnectionContext: Sendable {
    let loop: EventLoop
    let listener: BoundListener
    let clientHost: String
}

/// Reads the header of each request and passes the body on. Whatever cannot be understood closes the connection, as it
/// does on Kafka: there is no answer that such a client could read.
final class RequestConnection: FrameHandler {
    private let broker: BrokerServer
    private let context: ConnectionContext
    private let waits = ConnectionWaits()

    init(broker: BrokerServer, context: ConnectionContext) {
        self.broker = broker
        self.context = context
    }

    func handle(frame: ByteSlice, reply: Reply) {
        var reader = WireReader(frame)
        do {
            try handle(&reader, reply: reply)
        } catch {
            broker.log.warn(
                "Closing the connection from \(context.clientHost): its request cannot be understood: \(error)")
            reply.close()
        }
    }

    func inputEnded() { waits.answerAll() }

    func connectionClosed() { waits.abandonAll() }

    private func handle(_ reader: inout WireReader, reply: Reply) throws(WireError) {
        let apiKey = try reader.readInt16()
        let apiVersion = try reader.readInt16()
        guard let route = RequestRouter.route(apiKey: apiKey) else {
            throw WireError(.unsupportedVersion, "API key \(apiKey) is not served")
        }
        let isServed = route.versions.contains(apiVersion)
        guard isServed || apiKey == ApiVersionsRequest.apiKey else {
            throw WireError(.unsupportedVersion, "API key \(apiKey) has no version \(apiVersion)")
        }
        let correlationId = try reader.readInt32()
        // The client id is an ordinary string even where the header is flexible.
        let clientId = try reader.readNullableString("clientId", flexible: false)
        let request = RequestContext(
            broker: broker, connection: context, apiVersion: apiVersion, correlationId: correlationId,
            clientId: clientId, waits: LoopBound(waits, loop: context.loop), reply: reply)
        guard isServed else { return ApiVersions.respondUnsupported(request) }
        if route.isFlexible(apiVersion) {
            _ = try reader.readUnknownTaggedFields()
        }
        try route.handle(&reader, request)
    }
}
