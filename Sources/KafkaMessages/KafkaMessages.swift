// Frames: a size, a header, a message. The messages themselves are generated from Protocol/ by the build.
//
//   int32 size | header | message          size counts what follows it

import Bytes
import KafkaWire

extension ApiKey {
    /// The API's name, such as `Produce`; the number where no API has it.
    public var name: String { facts?.name ?? "ApiKey(\(rawValue))" }

    /// Nil where no API has the number, or the release has given the API up.
    public var validVersions: ClosedRange<Int16>? { facts?.validVersions }

    /// The version of the header that a request of `apiVersion` has: 2 with tagged fields, else 1. Versions beyond the
    /// last one are read as the last one is, which lets a too new ApiVersions be answered (KIP-511).
    public func requestHeaderVersion(_ apiVersion: Int16) -> Int16 {
        guard let first = facts?.requestFlexible?.lowerBound else { return 1 }
        return apiVersion >= first ? 2 : 1
    }

    /// The version of the header that a response of `apiVersion` has: 1 with tagged fields, else 0. That of ApiVersions
    /// is always 0: a client that knows no version of the broker yet can read it.
    public func responseHeaderVersion(_ apiVersion: Int16) -> Int16 {
        guard self != .apiVersions, let first = facts?.responseFlexible?.lowerBound else { return 0 }
        return apiVersion >= first ? 1 : 0
    }
}

extension RequestHeader {
    /// The API asked for.
    public var apiKey: ApiKey { ApiKey(rawValue: requestApiKey) }

    /// Reads the header of a request, whose first two numbers say which version of the header it is.
    public static func read(_ reader: inout WireReader) throws(WireError) -> RequestHeader {
        var ahead = reader
        let apiKey = ApiKey(rawValue: try ahead.readInt16())
        let version = apiKey.requestHeaderVersion(try ahead.readInt16())
        return try RequestHeader(from: &reader, version: version)
    }
}

extension ApiResponse {
    /// Writes the whole answer: size, header, message.
    ///
    /// Throws when the message holds what the version has no form for; such an answer must not go out.
    public func frame(correlationId: Int32, version: Int16) throws(WireError) -> [OutboundPiece] {
        var writer = WireWriter()
        let size = writer.reserveInt32()
        var header = ResponseHeader()
        header.correlationId = correlationId
        header.encode(to: &writer, version: ApiKey(rawValue: Self.apiKey).responseHeaderVersion(version))
        encode(to: &writer, version: version)
        return try writer.finishFrame(size)
    }
}

extension ApiRequest {
    /// Writes the whole request: size, header, message.
    ///
    /// Throws when the message holds what the version has no form for.
    public func frame(correlationId: Int32, clientId: String?, version: Int16) throws(WireError) -> [OutboundPiece] {
        var writer = WireWriter()
        let size = writer.reserveInt32()
        var header = RequestHeader()
        header.requestApiKey = Self.apiKey
        header.requestApiVersion = version
        header.correlationId = correlationId
        header.clientId = clientId
        header.encode(to: &writer, version: ApiKey(rawValue: Self.apiKey).requestHeaderVersion(version))
        encode(to: &writer, version: version)
        return try writer.finishFrame(size)
    }
}

extension WireWriter {
    /// Ends a frame whose size was left out at `size`.
    fileprivate mutating func finishFrame(_ size: Int) throws(WireError) -> [OutboundPiece] {
        if let failure { throw failure }
        guard let bytes = Int32(exactly: sizeBytes - size - 4) else {
            throw WireError(.invalidLength, "a frame of \(sizeBytes) bytes")
        }
        patchInt32(bytes, at: size)
        return finish()
    }
}
