// What is known about a schema without looking into it: for tests and tools that go over all messages.

import Bytes

/// An entry of the generated `MessageCatalog`.
public struct MessageSchema: Sendable {
    public enum Kind: Sendable {
        case request, response, header
        /// A record of the metadata log.
        case metadata
        case coordinatorKey, coordinatorValue
        /// Anything else that is stored or put into a field of bytes.
        case data
    }

    public let name: String
    public let kind: Kind
    public let apiKey: Int16?
    /// Nil where the release has given the message up.
    public let validVersions: ClosedRange<Int16>?
    public let flexibleVersions: ClosedRange<Int16>?
    public let latestVersionUnstable: Bool
    public let listeners: ApiListeners
    /// The generated struct. Nil where there is no version left.
    public let type: (any WireMessage.Type)?

    public init(
        name: String, kind: Kind, apiKey: Int16?, validVersions: ClosedRange<Int16>?,
        flexibleVersions: ClosedRange<Int16>?, latestVersionUnstable: Bool, listeners: ApiListeners,
        type: (any WireMessage.Type)?
    ) {
        self.name = name
        self.kind = kind
        self.apiKey = apiKey
        self.validVersions = validVersions
        self.flexibleVersions = flexibleVersions
        self.latestVersionUnstable = latestVersionUnstable
        self.listeners = listeners
        self.type = type
    }

    /// Reads `bytes` at `version` and writes what was read again.
    public func reencode(_ bytes: ByteSlice, version: Int16) throws(WireError) -> ByteSlice {
        guard let type else { throw WireError(.unsupportedVersion, "\(name) has no versions") }
        return try type.reencode(bytes, version: version)
    }
}

extension WireMessage {
    /// Reads `bytes` at `version` and writes what was read again.
    static func reencode(_ bytes: ByteSlice, version: Int16) throws(WireError) -> ByteSlice {
        try Self(bytes, version: version).encoded(version: version)
    }
}
