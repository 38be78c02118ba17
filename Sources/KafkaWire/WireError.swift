// What is wrong with bytes that came from outside, or with a value that a version has no form for.

/// Bytes that are no message, or a value that cannot be written at the version asked for.
public struct WireError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The bytes end before the value does.
        case truncated
        /// A null where the version has none.
        case unexpectedNull
        /// A length that is negative or beyond what the type allows.
        case invalidLength
        /// An array that claims more elements than there are bytes left.
        case tooManyElements
        /// A variable-length integer that goes on after its last possible byte.
        case endlessVarint
        /// A tag that the schema knows, at a version that does not have it.
        case invalidTag
        /// A version that the message does not have.
        case unsupportedVersion
    }

    public let kind: Kind
    /// A sentence for the log; it never goes to a client.
    public let detail: String

    @inline(never)
    public init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }
}

extension WireError: CustomStringConvertible {
    public var description: String { detail }
}
