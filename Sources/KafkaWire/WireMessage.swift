// What every generated struct and message can do.

import Bytes

/// A struct of a schema: a message, or a part of one.
public protocol WireStruct: Sendable, Equatable {
    /// All fields at the schema's defaults.
    init()

    /// Reads the struct. The versions are those of its message.
    init(from reader: inout WireReader, version: Int16) throws(WireError)

    /// Writes the struct. Fields that `version` does not have are left out.
    func encode(to writer: inout WireWriter, version: Int16)

    /// No value of this struct is written in fewer bytes, whatever the version.
    static var minimumSizeBytes: Int { get }
}

/// A request, a response, a header, or a record that Kafka stores.
public protocol WireMessage: WireStruct {
    /// The schema's name, such as `ProduceRequest`.
    static var name: String { get }

    /// The versions that the release speaks. Nil where it has given the message up.
    static var validVersions: ClosedRange<Int16>? { get }

    /// The versions with compact lengths and tagged fields (KIP-482). Nil where none has them.
    static var flexibleVersions: ClosedRange<Int16>? { get }
}

extension WireMessage {
    /// Whether `version` has compact lengths and tagged fields.
    public static func isFlexible(_ version: Int16) -> Bool {
        flexibleVersions?.contains(version) ?? false
    }

    /// Refuses a version that the message does not have.
    @inlinable
    public static func checkVersion(_ version: Int16) throws(WireError) {
        guard let validVersions, validVersions.contains(version) else { throw unsupported(version) }
    }

    @usableFromInline @inline(never)
    static func unsupported(_ version: Int16) -> WireError {
        WireError(.unsupportedVersion, "\(name) has no version \(version)")
    }

    /// Reads the message that `bytes` begin with. Bytes after it are ignored, as Kafka ignores them.
    public init(_ bytes: ByteSlice, version: Int16) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader, version: version)
    }

    /// The message's bytes in one piece.
    public func encoded(version: Int16) -> ByteSlice {
        var writer = WireWriter()
        encode(to: &writer, version: version)
        return writer.finishBytes()
    }
}

/// A request or a response.
public protocol ApiMessage: WireMessage {
    static var apiKey: Int16 { get }
}

public protocol ApiResponse: ApiMessage {}

/// A request, and what it is answered with.
public protocol ApiRequest: ApiMessage {
    associatedtype Response: ApiResponse
}

/// A stored record that is told from others by a number: a metadata record by its type, a coordinator's key and value
/// by the number that their keys begin with.
public protocol KeyedRecord: WireMessage {
    static var apiKey: Int16 { get }
}
