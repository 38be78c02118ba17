// What a handler knows of the request besides its body, and how it answers.

import Bytes
import EventLoop
import KafkaMessages
import KafkaWire

/// The envelope of one request: its header, its connection, its broker.
struct RequestContext: Sendable {
    let broker: BrokerServer
    let loop: EventLoop
    let listener: BoundListener
    let apiVersion: Int16
    let correlationId: Int32
    let clientId: String?
    /// The sender's address without its port, as `/127.0.0.1`.
    let clientHost: String
    /// Where a request that waits is known, for as long as it does.
    let waits: LoopBound<ConnectionWaits>
    private let reply: Reply

    init(
        broker: BrokerServer, connection: ConnectionContext, apiVersion: Int16, correlationId: Int32, clientId: String?,
        waits: LoopBound<ConnectionWaits>, reply: Reply
    ) {
        self.broker = broker
        self.loop = connection.loop
        self.listener = connection.listener
        self.clientHost = connection.clientHost
        self.apiVersion = apiVersion
        self.correlationId = correlationId
        self.clientId = clientId
        self.waits = waits
        self.reply = reply
    }

    /// Sends `response` in the version of the request; one that is too large closes the connection. Callable from any
    /// thread, once.
    func respond<Response: ApiMessage>(_ response: Response) {
        respond(response, version: apiVersion)
    }

    /// Sends `response` in another version than the request's: ApiVersions answers what it does not know in version 0.
    func respond<Response: ApiMessage>(_ response: Response, version: Int16) {
        var writer = WireWriter(reserving: 256)
        // The loop writes the size there.
        _ = writer.reserveInt32()
        writer.writeInt32(correlationId)
        // The header is flexible with the body, except for ApiVersions, which a client reads before it knows anything.
        if Response.isFlexible(version) && Response.apiKey != ApiVersionsResponse.apiKey {
            writer.writeTags([])
        }
        response.encode(to: &writer, version: version)
        let sizeBytes = writer.sizeBytes
        if let reason = writer.failure?.detail ?? (sizeBytes > Int(Int32.max) ? "\(sizeBytes) bytes" : nil) {
            return refuse(Response.self, reason)
        }
        reply.send(writer.finish())
    }

    /// Closes the connection: the answer would be larger than any may be. Callable from any thread, in place of
    /// `respond`.
    func refuseTooLarge<Response: ApiMessage>(_ response: Response.Type) {
        refuse(response, "more than \(WireWriter.mostBytes) bytes")
    }

    private func refuse<Response: ApiMessage>(_ response: Response.Type, _ reason: String) {
        broker.log.warn(
            "Closed the connection from \(clientHost): its request for API \(Response.apiKey), version \(apiVersion), cannot be answered: \(reason)"
        )
        reply.close()
    }

    /// Ends the request without an answer: Produce with acks 0.
    func respondWithNothing() {
        reply.none()
    }

    /// Takes no further request of this connection until `resumeInput`. On the loop only, while the request is handled.
    func holdInput() {
        reply.connection.holdInput()
    }

    /// On the loop only.
    func resumeInput() {
        reply.connection.releaseInput()
    }

    /// Closes the connection after the answers before this one went out.
    func closeConnection() {
        reply.close()
    }
}
